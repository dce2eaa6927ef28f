// SHA-256 of a stream (FIPS 180-4): WebCrypto wants the whole file in memory, a video may be of gigabytes.
const ROUND = new Uint32Array(64), START = new Uint32Array(8);
for (let n = 2, at = 0; at < 64; n++) {
  let prime = true; for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  const cut = x => Math.floor((x - Math.floor(x)) * 4294967296);
  if (at < 8) START[at] = cut(Math.sqrt(n)); ROUND[at++] = cut(Math.cbrt(n));
}
class Sha256 {
  constructor() { this.state = START.slice(); this.words = new Uint32Array(64); this.rest = new Uint8Array(64); this.held = 0; this.size = 0; }
  update(data) {
    this.size += data.length; let at = 0;
    if (this.held) { const n = Math.min(64 - this.held, data.length); this.rest.set(data.subarray(0, n), this.held); this.held += n; at = n; if (this.held < 64) return; this.block(this.rest, 0); this.held = 0; }
    for (; at + 64 <= data.length; at += 64) this.block(data, at);
    this.rest.set(data.subarray(at)); this.held = data.length - at;
  }
  block(d, at) {
    const w = this.words, s = this.state;
    for (let i = 0; i < 16; i++, at += 4) w[i] = d[at] << 24 | d[at + 1] << 16 | d[at + 2] << 8 | d[at + 3];
    for (let i = 16; i < 64; i++) { const x = w[i - 15], y = w[i - 2]; w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10); }
    let a = s[0], b = s[1], c = s[2], e0 = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i++) {
      const t = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + ROUND[i] + w[i] | 0;
      const u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
      h = g; g = f; f = e; e = e0 + t | 0; e0 = c; c = b; b = a; a = t + u | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += e0; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
  hex() {
    const bits = this.size * 8, end = new Uint8Array(this.held < 56 ? 64 - this.held : 128 - this.held), view = new DataView(end.buffer);
    end[0] = 128; view.setUint32(end.length - 8, Math.floor(bits / 4294967296)); view.setUint32(end.length - 4, bits >>> 0); this.update(end);
    return Array.from(this.state, v => v.toString(16).padStart(8, "0")).join("");
  }
}
