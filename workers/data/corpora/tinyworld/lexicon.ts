// The words of TinyWorld, by meaning. One table per category; the grammar, the generator, the judge
// and the concept labels all read these tables, so a word is added in one place only.

/** Splits a table written as a line of words. */
const list = (text: string): readonly string[] => text.trim().split(/\s+/);
/** Splits a table of short phrases written with bars. */
const phrases = (text: string): readonly string[] => text.split("|").map((part) => part.trim());

type Gender = "she" | "he" | "it";
export type Mood = "happy" | "sad" | "angry" | "scared" | "tired" | "calm";
export type Weather = "sun" | "rain" | "snow" | "wind" | "fog" | "storm";
export type PlaceKind = "water" | "forest" | "farm" | "town" | "home" | "hill";

export const GIRLS = list(
  "mia anna lily nora ella tess zoe lucy emma clara molly jane ruby sara nina maya",
);
export const BOYS = list(
  "sam tom ben max leo finn jack noah hugo otto peter oscar henry felix paul theo",
);
export const WOMEN = list("grandma mama auntie");
export const MEN = list("grandpa papa uncle");

/** Animals that act as persons, "the fox": [singular, plural]. */
export const ANIMALS: readonly (readonly [string, string])[] = list(
  `fox:foxes rabbit:rabbits hare:hares duck:ducks goose:geese hen:hens pig:pigs cow:cows goat:goats
   horse:horses pony:ponies donkey:donkeys mouse:mice frog:frogs squirrel:squirrels
   hedgehog:hedgehogs badger:badgers owl:owls deer:deer lamb:lambs kitten:kittens puppy:puppies
   swan:swans turtle:turtles crow:crows robin:robins mole:moles otter:otters`,
).map((pair) => pair.split(":") as [string, string]);

/** What an animal does or says, when it is seen. */
export const ANIMAL_ACTS: Readonly<Record<string, string>> = {
  fox: "wagged its tail",
  rabbit: "twitched its nose",
  hare: "jumped away",
  duck: "quacked",
  goose: "honked",
  hen: "clucked",
  pig: "oinked",
  cow: "mooed",
  goat: "nibbled the grass",
  horse: "neighed",
  pony: "shook its mane",
  donkey: "brayed",
  mouse: "squeaked",
  frog: "croaked",
  squirrel: "climbed a tree",
  hedgehog: "rolled up",
  badger: "dug a hole",
  owl: "hooted",
  deer: "lifted its head",
  lamb: "bleated",
  kitten: "purred",
  puppy: "barked",
  swan: "spread its wings",
  turtle: "crawled along",
  crow: "cawed",
  robin: "chirped",
  mole: "blinked",
  otter: "dived",
};

/** Which animals are met where. */
export const ANIMALS_AT: Readonly<Record<PlaceKind, readonly string[]>> = {
  water: list("duck goose frog swan turtle otter"),
  forest: list("fox squirrel hedgehog badger owl deer"),
  farm: list("hen pig cow horse donkey lamb pony"),
  town: list("puppy crow kitten"),
  home: list("mouse kitten puppy robin"),
  hill: list("goat hare rabbit crow mole"),
};

/** Places: the preposition that goes with each, and its kind. */
const PLACE_LINES: Readonly<Record<PlaceKind, string>> = {
  water: "at:pond at:river at:lake on:beach at:stream in:harbour at:waterfall",
  forest: "in:forest in:woods in:clearing in:cave in:thicket",
  farm: "in:barn on:farm in:field in:orchard in:stable in:meadow at:mill",
  town: "at:market at:school in:shop at:bakery in:library in:square in:park",
  home: "in:kitchen in:garden in:attic in:cellar on:porch in:yard in:cottage",
  hill: "on:hill on:mountain in:valley on:cliff in:castle in:tower",
};
export const PLACE_PREPOSITION = new Map<string, string>();
export const PLACE_KIND = new Map<string, PlaceKind>();
export const PLACES_OF = {} as Record<PlaceKind, readonly string[]>;
for (const [kind, line] of Object.entries(PLACE_LINES) as [PlaceKind, string][]) {
  PLACES_OF[kind] = list(line).map((item) => {
    const [preposition, place] = item.split(":") as [string, string];
    PLACE_PREPOSITION.set(place, preposition);
    PLACE_KIND.set(place, kind);
    return place;
  });
}
export const PLACES: readonly string[] = [...PLACE_KIND.keys()];
/** Places with a roof: weather is not felt there. */
export const INDOORS: ReadonlySet<string> = new Set(
  list(
    "cave barn stable mill school shop bakery library kitchen attic cellar cottage castle tower",
  ),
);

/** What one does at a kind of place; said of a person. */
export const ACTIVITIES: Readonly<Record<PlaceKind, readonly string[]>> = {
  water: phrases(
    "threw a pebble into the water|dipped a toe in the water|watched the fish|built a little raft|looked for shells",
  ),
  forest: phrases(
    "gathered some twigs|listened to the birds|smelled the moss|followed a trail|picked up an acorn",
  ),
  farm: phrases("sat on the hay|patted the horse|carried some straw|picked clover|fed the hens"),
  town: phrases(
    "looked at the windows|met the neighbours|read the signs|counted the carts|listened to the clock",
  ),
  home: phrases(
    "watered the plants|drew a picture|mended a shirt|dusted the shelf|sorted the buttons",
  ),
  hill: phrases(
    "looked far away|shouted to hear the echo|climbed over the stones|picked some heather|watched the eagles",
  ),
};

export const THINGS = list(
  `ball kite doll drum boat book hat scarf coat cup bell box wagon sled rope key ring coin ribbon
   whistle spoon hammer brush blanket pillow bag flag mask puzzle train umbrella mitten crown mirror
   marble feather candle lantern bucket spade net pencil teapot jug flute clock vase`,
);
export const COLOURS = list(
  "red blue green yellow white black brown grey pink purple golden silver",
);
/** Hiding places and the like. */
const INDOOR_SPOTS = list("chair table bed cupboard sofa stove door barrel shelf");
const OUTDOOR_SPOTS = list("tree rock bush log hedge fence gate bench wall cart");
export const SPOTS: readonly string[] = [...INDOOR_SPOTS, ...OUTDOOR_SPOTS];
const LIFTED: ReadonlySet<string> = new Set(
  list("chair table bed sofa stove shelf tree rock bush log bench cart"),
);
/** Where something can lie at a place: furniture under a roof, trees and walls outside. */
export const spotsAt = (place: string | null): readonly string[] =>
  place === null ? SPOTS : INDOORS.has(place) ? INDOOR_SPOTS : OUTDOOR_SPOTS;
/** Whether "under the spot" makes sense. */
export const hasRoomUnder = (spot: string): boolean => LIFTED.has(spot);
export const SPOT_PREPOSITIONS = list("under behind beside near");

/** Food that is counted: [singular, plural]. */
export const COUNTED: readonly (readonly [string, string])[] = list(
  `apple:apples pear:pears plum:plums cherry:cherries nut:nuts berry:berries carrot:carrots
   bean:beans egg:eggs cake:cakes bun:buns cookie:cookies muffin:muffins pancake:pancakes
   potato:potatoes onion:onions tomato:tomatoes peach:peaches lemon:lemons melon:melons
   turnip:turnips biscuit:biscuits`,
).map((pair) => pair.split(":") as [string, string]);
/** Food that is not counted. */
export const SERVED = list("bread soup milk honey jam cheese butter rice porridge cocoa tea juice");

export const NUMBERS = list(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
   sixteen seventeen eighteen nineteen twenty`,
);
export const numberOf = (word: string): number => NUMBERS.indexOf(word);
export const wordOf = (value: number): string => NUMBERS[value] ?? `${value}`;

export const MOOD_WORDS: Readonly<Record<Mood, readonly string[]>> = {
  happy: list("happy glad cheerful merry"),
  sad: list("sad unhappy gloomy"),
  angry: list("angry cross grumpy"),
  scared: list("scared afraid frightened"),
  tired: list("tired sleepy weary"),
  calm: list("calm peaceful content"),
};
export const MOODS = Object.keys(MOOD_WORDS) as readonly Mood[];

/** How a mood shows, without naming it. */
export const MOOD_SIGNS: Readonly<Record<Mood, readonly string[]>> = {
  happy: phrases("smiled|laughed|hummed a tune|giggled|whirled around|sang a song"),
  sad: phrases("cried|sighed|wept|sniffed|looked at the ground"),
  angry: phrases("frowned|grumbled|kicked a stone|scowled|snorted"),
  scared: phrases("trembled|shivered|gasped|whimpered|looked around"),
  tired: phrases("yawned|stretched|nodded off|slumped|blinked slowly"),
  calm: phrases("breathed deeply|sat still|daydreamed|rested a while"),
};
/** How one in that mood moves; the plain words serve any mood. */
export const MOOD_MOTIONS: Readonly<Record<Mood, readonly string[]>> = {
  happy: list("skipped hopped danced"),
  sad: list("trudged shuffled"),
  angry: list("stomped marched"),
  scared: list("ran rushed"),
  tired: list("plodded crept"),
  calm: list("strolled wandered"),
};
export const PLAIN_MOTIONS = list("went walked");

export const WEATHER_WORDS: Readonly<Record<Weather, readonly string[]>> = {
  sun: list("sunny bright"),
  rain: list("rainy drizzly"),
  snow: list("snowy frosty"),
  wind: list("windy breezy"),
  fog: list("foggy misty"),
  storm: list("stormy"),
};
export const WEATHERS = Object.keys(WEATHER_WORDS) as readonly Weather[];
/** What one walks through. */
export const WEATHER_WAYS: Readonly<Record<Weather, readonly string[]>> = {
  sun: phrases("in the sunshine|under a clear sky"),
  rain: phrases("in the rain|through the rain"),
  snow: phrases("through the snow|over the ice"),
  wind: phrases("in the wind|against the wind"),
  fog: phrases("through the fog|in the mist"),
  storm: phrases("through the storm|under dark clouds"),
};
export const TIMES = list("morning afternoon evening night");

export const DANGERS = list("wolf bear snake bull boar lynx");
export const TRAITS = list(
  "kind brave clever curious shy lively gentle thoughtful careful jolly playful patient",
);
export const SIZES = list("little big small young old tiny fat thin furry fluffy");

const PERSON_GENDER = new Map<string, Gender>();
for (const name of [...GIRLS, ...WOMEN]) PERSON_GENDER.set(name, "she");
for (const name of [...BOYS, ...MEN]) PERSON_GENDER.set(name, "he");
for (const [animal] of ANIMALS) PERSON_GENDER.set(`the ${animal}`, "it");

/** Everyone who can be spoken of, by the words that name them. */
export const PERSONS: readonly string[] = [...PERSON_GENDER.keys()];
/** Pronoun of a person; of a pronoun, itself. */
export const genderOf = (person: string): Gender =>
  PERSON_GENDER.get(person) ?? (person === "she" || person === "he" ? person : "it");

const inverse = <K extends string>(table: Readonly<Record<K, readonly string[]>>) =>
  new Map(
    (Object.entries(table) as [K, readonly string[]][]).flatMap(([key, words]) =>
      words.map((word): [string, K] => [word, key]),
    ),
  );
export const MOOD_OF_WORD = inverse(MOOD_WORDS);
export const MOOD_OF_SIGN = inverse(MOOD_SIGNS);
export const MOOD_OF_MOTION = inverse(MOOD_MOTIONS);
export const WEATHER_OF_WORD = inverse(WEATHER_WORDS);
export const WEATHER_OF_WAY = inverse(WEATHER_WAYS);
export const KIND_OF_ACTIVITY = inverse(ACTIVITIES);
