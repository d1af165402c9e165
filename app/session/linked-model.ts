// The model that a setup's link names by its content: used at once where it is kept, asked for where it is not, and
// taken as soon as it comes.
import type { SavedModel } from "../../workers/api/models.ts";
import type { NamedContent } from "../setup/link.ts";
import { modelsStore } from "../stores/models.ts";
import { setupStore, startFromModel } from "../stores/setup.ts";
import { refreshModels } from "./models.ts";

/** How a link names a model. */
export const contentOf = ({ name, contentHash }: SavedModel): NamedContent => ({
  name,
  hash: contentHash,
});

const kept = (hash: string): SavedModel | undefined =>
  modelsStore.getState().list?.find(({ contentHash }) => contentHash === hash);

/** A link was opened: the model that it names, or none. */
export async function wantModel(content: NamedContent | null): Promise<void> {
  if (content === null) return startFromModel(null);
  setupStore.setState({ wantedModel: content, modelId: null });
  if (modelsStore.getState().list === null) await refreshModels();
  adopt();
}

/** Takes the model that is waited for, if it is there now. */
function adopt(): void {
  const { wantedModel } = setupStore.getState();
  const model = wantedModel && kept(wantedModel.hash);
  if (model) startFromModel(model.modelId);
}

// It may be dropped on the page, fetched from the hub or made by a run.
modelsStore.subscribe(adopt);
