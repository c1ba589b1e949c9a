/** The thread that holds the model's session: a slow or hanging model stops here, never the servo's event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { ModelError, reasonOf } from './model-error.ts';
import { openProven } from './prove-model.ts';
import { type Batch, openSession, runSession } from './session.ts';
import type { Reply, Request, Setup } from './worker-messages.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread, started by model-thread.ts');
const port = parentPort;
const reply = (message: Reply): void => port.postMessage(message);

const { onnx, ends, proof } = workerData as Setup;
const session = await (proof === undefined ? openSession(onnx) : openProven(onnx, proof)).catch(refuse);
if (session !== undefined) serve(session);

/** What refuses a model is said in its own words; anything else ends the thread with an error. */
function refuse(thrown: unknown): undefined {
  if (!(thrown instanceof ModelError)) throw thrown;
  reply({ kind: 'refused', parts: thrown.parts });
  port.close();
}

function serve(session: InferenceSession): void {
  port.on('message', (request: Request) => {
    if (request.kind === 'end') {
      port.close();
      return;
    }
    const { id, batch } = request;
    runSession(session, ends, owned(batch)).then(
      (answer) => reply({ kind: 'answered', id, answer }),
      (thrown: unknown) => reply({ kind: 'failed', id, reason: reasonOf(thrown) }),
    );
  });
  reply({ kind: 'ready' });
}

/** The runtime takes no memory that threads share. */
function owned({ values, rows }: Batch): Batch {
  return values.buffer instanceof SharedArrayBuffer ? { values: values.slice(), rows } : { values, rows };
}
