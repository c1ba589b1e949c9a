/** The thread that holds the model's session: a slow or hanging model stops here, never the servo's event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { reasonOf } from './model-error.ts';
import { openSession, runSession } from './session.ts';
import type { Reply, Request, Setup } from './worker-messages.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread, started by model-thread.ts');
const port = parentPort;
const reply = (message: Reply): void => port.postMessage(message);

const { onnx, ends } = workerData as Setup;
const session = await openSession(onnx);
port.on('message', (request: Request) => {
  if (request.kind === 'end') {
    port.close();
    return;
  }
  const { id, batch } = request;
  runSession(session, ends, batch).then(
    (answer) => reply({ kind: 'answered', id, answer }),
    (thrown: unknown) => reply({ kind: 'failed', id, reason: reasonOf(thrown) }),
  );
});
reply({ kind: 'ready' });
