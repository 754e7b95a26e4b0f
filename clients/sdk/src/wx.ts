// WeChat mini-programs. The parts of `wx` that are used, in their official shapes.

import { fault, type Answer, type Host, type HrpError } from './core.ts';

export * from './core.ts';

interface WxFailure {
  errMsg: string;
  errno?: number;
}

export interface Wx {
  request(option: {
    url: string;
    method?: 'GET' | 'POST' | 'PUT';
    header?: Record<string, string>;
    data?: string | ArrayBuffer;
    dataType?: string;
    timeout?: number;
    success?(result: { data: any; statusCode: number }): void;
    fail?(failure: WxFailure): void;
  }): unknown;
  uploadFile(option: {
    url: string;
    filePath: string;
    name: string;
    header?: Record<string, string>;
    formData?: Record<string, string>;
    timeout?: number;
    success?(result: { data: string; statusCode: number }): void;
    fail?(failure: WxFailure): void;
  }): unknown;
  connectSocket(option: {
    url: string;
    protocols?: string[];
  }): {
    send(option: { data: string }): void;
    close(option: { code?: number }): void;
    onOpen(listener: () => void): void;
    onMessage(listener: (event: { data: any }) => void): void;
    onClose(listener: (event: { code: number }) => void): void;
  };
  getStorageSync(key: string): any;
  setStorageSync(key: string, data: any): void;
  onNetworkStatusChange(listener: (state: { isConnected: boolean }) => void): void;
}

declare function setTimeout(run: () => void, milliseconds: number): number;
declare function clearTimeout(timer: number): void;

function why({ errMsg, errno }: WxFailure): HrpError {
  if (errno === 600002 || /domain list/.test(errMsg)) return fault('ILLEGAL_DOMAIN', errMsg);
  if (/exist|no such file|not found/.test(errMsg)) return fault('FILE_UNREADABLE', errMsg);
  return fault(/time ?out/.test(errMsg) ? 'TIMEOUT' : 'NETWORK', errMsg, true);
}

/** A file is the path that `wx.chooseMedia` gave. */
export function wxHost(wx: Wx): Host<string> {
  const ending = (
    resolve: (answer: Answer) => void,
    reject: (error: HrpError) => void,
  ): Pick<Parameters<Wx['request']>[0], 'success' | 'fail'> => ({
    success: ({ data, statusCode }) => resolve({ status: statusCode, text: data }),
    fail: (failure) => reject(why(failure)),
  });
  return {
    limit: 10,
    request: (call) =>
      new Promise((resolve, reject) => {
        wx.request({ ...call, dataType: 'text', ...ending(resolve, reject) });
      }),
    upload: ({ file, ...call }) =>
      new Promise((resolve, reject) => {
        wx.uploadFile({ ...call, filePath: file, ...ending(resolve, reject) });
      }),
    socket: (url, protocol, on) => {
      const task = wx.connectSocket({ url, protocols: [protocol] });
      task.onOpen(on.open);
      task.onMessage(({ data }) => on.message(data));
      task.onClose(({ code }) => on.close(code));
      return { send: (data) => task.send({ data }), close: () => task.close({ code: 1000 }) };
    },
    load: wx.getStorageSync,
    save: wx.setStorageSync,
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    online: (run) =>
      wx.onNetworkStatusChange(({ isConnected }) => {
        if (isConnected) run();
      }),
  };
}
