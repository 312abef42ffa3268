/** Pictures of pages hold few colours, and a browser writes them as photographs (PNG, third edition, W3C). */

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const MOST_COLOURS = 256;

/**
 * `png`, 8 bits a channel without interlace, with a palette of the 256 colours that it lacks least with, the others as the
 * nearest of those, and without transparency.
 */
export function shrinkPng(png: Buffer): Buffer {
  const header = chunkOf(png, "IHDR");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 2 ? 3 : 4;
  const pixels = unfiltered(inflateSync(chunkOf(png, "IDAT")), width * channels, height, channels);
  const colours = coloursOf(pixels, channels);
  const palette = paletteOf(colours);
  const rows = Buffer.alloc((width + 1) * height);
  colours.forEach((colour, at) => rows.writeUInt8(palette.indexOf(colour), at + Math.floor(at / width) + 1));
  return encode(width, height, { palette: palette.colours, rows });
}

/** What all chunks of a type hold, together. */
function chunkOf(png: Buffer, type: string): Buffer {
  const parts: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === type) parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return Buffer.concat(parts);
}

function unfiltered(data: Buffer, rowLength: number, rows: number, channels: number): Uint8Array {
  const pixels = new Uint8Array(rowLength * rows);
  for (let row = 0; row < rows; row += 1) {
    const filter = data[row * (rowLength + 1)] ?? 0;
    for (let column = 0; column < rowLength; column += 1) {
      const at = row * rowLength + column;
      const left = column < channels ? 0 : (pixels[at - channels] ?? 0);
      const up = row === 0 ? 0 : (pixels[at - rowLength] ?? 0);
      const corner = row === 0 || column < channels ? 0 : (pixels[at - rowLength - channels] ?? 0);
      const value = data[row * (rowLength + 1) + 1 + column] ?? 0;
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      pixels[at] = value + (guesses[filter] ?? 0);
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Each pixel as one number. */
const coloursOf = (pixels: Uint8Array, channels: number): readonly number[] =>
  Array.from({ length: pixels.length / channels }, (_, pixel) =>
    [0, 1, 2].reduce((sum, channel) => sum * 256 + (pixels[pixel * channels + channel] ?? 0), 0),
  );

const shadesOf = (colour: number): readonly [number, number, number] => [
  colour >> 16,
  (colour >> 8) & 255,
  colour & 255,
];

interface Palette {
  readonly colours: readonly number[];
  readonly indexOf: (colour: number) => number;
}

/** One colour after the other: that which is the most pixels, the farthest from those that there are already. */
function paletteOf(pixels: readonly number[]): Palette {
  const counts = new Map<number, number>();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const lacking = Array.from(counts, ([colour, count]) => ({ colour, count, away: 3 * 255 }));
  const colours: number[] = [];
  while (colours.length < Math.min(MOST_COLOURS, lacking.length)) {
    const next = lacking.reduce((a, b) => (b.count * b.away ** 2 > a.count * a.away ** 2 ? b : a)).colour;
    colours.push(next);
    for (const each of lacking) each.away = Math.min(each.away, distance(each.colour, next));
  }
  const indices = new Map(Array.from(counts.keys(), (colour) => [colour, nearest(colours, colour)]));
  return { colours, indexOf: (colour) => indices.get(colour) ?? 0 };
}

function nearest(colours: readonly number[], wanted: number): number {
  const distances = colours.map((colour) => distance(colour, wanted));
  return distances.indexOf(Math.min(...distances));
}

function distance(a: number, b: number): number {
  const [red, green, blue] = shadesOf(a);
  const [otherRed, otherGreen, otherBlue] = shadesOf(b);
  return Math.abs(red - otherRed) + Math.abs(green - otherGreen) + Math.abs(blue - otherBlue);
}

interface Indexed {
  readonly palette: readonly number[];
  /** Each row with its filter, which is none. */
  readonly rows: Buffer;
}

function encode(width: number, height: number, { palette, rows }: Indexed): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(shadesOf))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
