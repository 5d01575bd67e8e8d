import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

const RESPONSE = 'http.client.response.finish';

/**
 * Tells of answers of a host that end before they are whole. The driver's HTTP client does not notice that of an answer whose length
 * was announced, and would wait for a quarter of an hour.
 *
 * @param host with the port, as in the header
 * @returns what ends the watch
 */
export function watchConnection(host: string, onLost: (error: Error) => void): () => void {
  const watch = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    if (request.getHeader('host') !== host) return;
    response.once('close', () => {
      if (!response.complete) onLost(new Error('the answer ended early: premature close'));
    });
  };
  subscribe(RESPONSE, watch);
  return () => void unsubscribe(RESPONSE, watch);
}
