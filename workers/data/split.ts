// Which documents are held out. A function of their number alone, so that the same file is split the same way
// everywhere, whatever a run's seed is.
import { RandomStream, STREAMS } from "../../kernels/core/philox.ts";

/** Any number: changing it would change the split of every text. */
const SEED = 20_251_125;

/**
 * Says of one document after the other whether it is held out for validation. Of every stretch of documents
 * that owes one, one is drawn: the share is exact, and a file whose rows follow a pattern is not cut along it.
 *
 * @param trainFraction part of the documents for training, above 0 and below 1.
 */
export function createDocumentSplit(trainFraction: number): () => boolean {
  const heldOut = 1 - trainFraction;
  // Numbers such as 1 - 0.9 are not quite what they mean.
  const beginOf = (stretch: number) => Math.ceil(stretch / heldOut - 1e-9);
  /** The document that is held out of a stretch. */
  const drawFrom = (stretch: number) => {
    const [first, end] = [beginOf(stretch), beginOf(stretch + 1)];
    return first + new RandomStream(SEED, STREAMS.data, stretch).below(Math.max(1, end - first));
  };
  let document = 0;
  let stretch = 0;
  let drawn = drawFrom(0);
  return () => {
    const isHeldOut = document === drawn;
    document++;
    if (document >= beginOf(stretch + 1)) drawn = drawFrom(++stretch);
    return isHeldOut;
  };
}
