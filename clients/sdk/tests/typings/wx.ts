// What the SDK asks of `wx` is what the official typings give.
import type { Wx } from '../../src/wx.ts';
import { wxFile } from '../../src/chunks.ts';

export const official: Wx = wx;
export const file = wxFile(wx, 'tmp://a.jpg');
