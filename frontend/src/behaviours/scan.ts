/** A field with data-scan can be filled by the camera where the browser reads QR codes itself; else it is typed. */

interface Found {
  rawValue: string;
}
interface Reader {
  detect(source: HTMLVideoElement): Promise<Found[]>;
}
type ReaderMaker = new (options: { formats: string[] }) => Reader;

const EVERY_MS = 200;
const FORMATS = ['qr_code', 'code_128', 'code_39', 'data_matrix'];

/** What stands on a label: the serial itself, or an address that ends in it. */
function serialIn(words: string): string {
  return words.trim().split(/[/?=:\s]/).filter(Boolean).pop() ?? '';
}

async function scan(field: HTMLInputElement, dialog: HTMLDialogElement, make: ReaderMaker): Promise<void> {
  const video = dialog.querySelector('video');
  if (!video) return;
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  dialog.addEventListener('close', stop, { once: true });
  video.srcObject = stream;
  dialog.showModal();
  await video.play();
  const reader = new make({ formats: FORMATS });
  while (dialog.open) {
    const found = await reader.detect(video).catch(() => []);
    const serial = found[0] ? serialIn(found[0].rawValue) : '';
    if (serial) {
      field.value = serial;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      dialog.close();
      field.focus();
      return;
    }
    await new Promise((again) => setTimeout(again, EVERY_MS));
  }
}

export function startScan(say: (key: string) => string): void {
  const make = (window as unknown as { BarcodeDetector?: ReaderMaker }).BarcodeDetector;
  if (!make || !navigator.mediaDevices) return;
  for (const field of document.querySelectorAll<HTMLInputElement>('input[data-scan]')) {
    const dialog = document.createElement('dialog');
    const video = document.createElement('video');
    video.playsInline = true;
    video.muted = true;
    const close = button(say('scan_stop'));
    close.addEventListener('click', () => dialog.close());
    dialog.className = 'scan';
    dialog.append(video, close);
    const open = button(say('scan'));
    const words = document.createElement('span');
    words.setAttribute('role', 'status');
    open.addEventListener('click', () => {
      words.textContent = '';
      void scan(field, dialog, make).catch(() => (words.textContent = say('scan_failed')));
    });
    field.after(open, words, dialog);
  }
}

/** A button with data-print prints the page. */
export function startPrint(): void {
  for (const each of document.querySelectorAll<HTMLElement>('[data-print]')) {
    each.hidden = false;
    each.addEventListener('click', () => window.print());
  }
}

function button(words: string): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'btn';
  made.textContent = words;
  return made;
}
