// Typed operations: what is given and what is answered, checked by the compiler alone.
import { connect, newId, type Host } from '../../src/core.ts';
import { InboxChanged, InboxVersion, MarkRead, Me, MyReceipts, UploadReceipt } from '../../src/documents.ts';

export async function typed(host: Host<string>): Promise<void> {
  const hrp = connect(host, { url: '', client: 'phone/1.0.0', session: () => ({}) });
  const { me } = await hrp.run(Me, {});
  const name: string = me.name;
  // @ts-expect-error there is no such field
  me.nickname;
  const { markRead } = await hrp.run(MarkRead, { input: { ids: [name] } }); // the key may be left out
  const code: string | undefined = markRead.userErrors[0]?.code;
  // @ts-expect-error ids are missing
  await hrp.run(MarkRead, { input: {} });
  // @ts-expect-error first is required
  await hrp.run(MyReceipts, { after: code });
  await hrp.upload(UploadReceipt, { input: { receiptId: newId('Receipt') } }, 'tmp://a.jpg');
  // @ts-expect-error this host takes paths
  await hrp.upload(UploadReceipt, { input: { receiptId: newId('Receipt') } }, 5);
  hrp.live({ socket: [InboxChanged, {}], poll: [InboxVersion, {}] }, { next: (data) => Object.keys(data) });
}
