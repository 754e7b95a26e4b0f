// DingTalk mini-programs. The parts of `dd` that are used, in their official shapes. There is no
// socket here: `dd.connectSocket` cannot name a subprotocol, so changes are learnt by polling.

import { fault, type Host, type HrpError, type LocalCode } from './core.ts';

export * from './core.ts';

interface DdFailure {
  error?: number | string;
  errorMessage?: string;
}

export interface DdFile {
  filePath: string;
  fileType: 'image' | 'video' | 'audio';
}

export interface Dd {
  httpRequest(option: {
    url: string;
    method?: 'GET' | 'POST';
    headers?: Record<string, string>;
    data?: string;
    dataType?: string;
    timeout?: number;
    success?(result: { data: any; status: number }): void;
    fail?(failure: DdFailure): void;
  }): unknown;
  uploadFile(option: {
    url: string;
    filePath: string;
    /** The name of the part of the form, whatever it is called here. */
    fileName: string;
    fileType: string;
    header?: Record<string, string>;
    formData?: Record<string, string>;
    timeout?: number;
    success?(result: { data: string; statusCode: string | number }): void;
    fail?(failure: DdFailure): void;
  }): unknown;
  getStorageSync(option: { key: string }): { data?: any };
  setStorageSync(option: { key: string; data: any }): unknown;
  onNetworkStatusChange(listener: (state: { isConnected: boolean }) => void): void;
}

declare function setTimeout(run: () => void, milliseconds: number): number;
declare function clearTimeout(timer: number): void;

/** 19: a status that is not 2xx; neither it nor the body is told. */
const ASKING: Record<string, LocalCode> = { 11: 'ILLEGAL_DOMAIN', 13: 'TIMEOUT', 19: 'BAD_ANSWER' };
const SENDING: Record<string, LocalCode> = { 11: 'FILE_UNREADABLE', 13: 'ILLEGAL_DOMAIN' };

function why(failure: DdFailure, codes: Record<string, LocalCode>): HrpError {
  const code = codes[String(failure.error)] || 'NETWORK';
  return fault(code, failure, code !== 'ILLEGAL_DOMAIN' && code !== 'FILE_UNREADABLE');
}

export function ddHost(dd: Dd): Host<DdFile> {
  return {
    limit: 10,
    request: ({ header, method, data, ...call }) =>
      new Promise((resolve, reject) => {
        dd.httpRequest({
          ...call,
          method: method === 'GET' ? method : 'POST', // there is no PUT here
          headers: header,
          data: data as string,
          dataType: 'text',
          success: ({ data, status }) => resolve({ status, text: data }),
          fail: (failure) => reject(why(failure, ASKING)),
        });
      }),
    upload: ({ name, file, ...call }) =>
      new Promise((resolve, reject) => {
        dd.uploadFile({
          ...call,
          ...file,
          fileName: name,
          success: ({ data, statusCode }) => resolve({ status: +statusCode, text: data }),
          fail: (failure) => reject(why(failure, SENDING)),
        });
      }),
    load: (key) => dd.getStorageSync({ key }).data,
    save: (key, data) => {
      dd.setStorageSync({ key, data });
    },
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    online: (run) =>
      dd.onNetworkStatusChange(({ isConnected }) => {
        if (isConnected) run();
      }),
  };
}
