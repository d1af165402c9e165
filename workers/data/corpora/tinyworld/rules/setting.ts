// Rules of the setting: time of day, weather, and what they do to ground and sky.
import type { Rule } from "../grammar.ts";
import { genderOf, WEATHER_OF_WORD, type Weather } from "../lexicon.ts";
import { isOutdoors } from "../world.ts";
import { hereIs, isLater, once, rule, setTime, setWeather, slot, subject } from "./rule.ts";

export const setting: readonly Rule[] = [
  rule(
    "setting",
    ["it was a {weather:weather} {time:time}.", "the {time:time} was {weather:weather}."],
    (w) => w.time === null && w.weather === null,
    (w, s) => {
      setTime(w, slot(s, "time"));
      setWeather(w, WEATHER_OF_WORD.get(slot(s, "weather")) as Weather);
      w.weatherWord = slot(s, "weather");
    },
  ),
  rule(
    "sky.sun",
    [
      "the sun shone on the {place:place}.",
      "warm light lay over the {place:place}.",
      "there was no cloud over the {place:place}.",
    ],
    (w, s) =>
      w.weather === "sun" &&
      w.time !== "night" &&
      w.time !== "evening" &&
      isOutdoors(slot(s, "place")) &&
      hereIs(w, s.place) &&
      once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.rain",
    [
      "rain fell on the {place:place}.",
      "grey clouds hung over the {place:place}.",
      "drops ran down the roofs by the {place:place}.",
    ],
    (w, s) => w.weather === "rain" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.snow",
    [
      "snow covered the {place:place}.",
      "white flakes fell on the {place:place}.",
      "the {place:place} was cold and white.",
    ],
    (w, s) => w.weather === "snow" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.wind",
    [
      "the wind blew over the {place:place}.",
      "leaves flew around the {place:place}.",
      "the air by the {place:place} was fresh.",
    ],
    (w, s) => w.weather === "wind" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.fog",
    [
      "fog lay over the {place:place}.",
      "nobody could see far at the {place:place}.",
      "the {place:place} was pale and still.",
    ],
    (w, s) => w.weather === "fog" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.storm",
    [
      "thunder rolled over the {place:place}.",
      "lightning flashed above the {place:place}.",
      "dark clouds raced over the {place:place}.",
    ],
    (w, s) => w.weather === "storm" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "turn.rain",
    ["then clouds came and it began to rain.", "soon it started to rain."],
    (w) => w.weather === "sun" || w.weather === "wind",
    (w) => {
      setWeather(w, "rain");
      w.said?.delete("sky");
    },
  ),
  rule(
    "turn.sun",
    [
      "then the rain stopped and the sun came out.",
      "at last the rain was over and the sky was clear.",
    ],
    (w) => w.weather === "rain" && (w.time === "morning" || w.time === "afternoon"),
    (w) => {
      setWeather(w, "sun");
      w.said?.delete("sky");
    },
  ),
  rule(
    "turn.storm",
    ["then a storm came up.", "the wind grew into a storm."],
    (w) => w.weather === "wind",
    (w) => {
      setWeather(w, "storm");
      w.said?.delete("sky");
    },
  ),
  rule(
    "turn.calm",
    ["then the storm passed and the sun came out."],
    (w) => w.weather === "storm" && (w.time === "morning" || w.time === "afternoon"),
    (w) => {
      setWeather(w, "sun");
      w.said?.delete("sky");
    },
  ),
  rule(
    "ground.wet",
    ["the path was wet and muddy.", "there were puddles on the path.", "the grass was still wet."],
    (w) => w.wet && (w.weather === "sun" || w.weather === "rain") && once(w, "ground"),
    (w) => void w.said?.add("ground"),
  ),
  rule(
    "ground.dry",
    ["the path was dry and dusty.", "dust lay on the path.", "the grass was dry."],
    (w) => !w.wet && (w.weather === "sun" || w.weather === "wind") && once(w, "ground"),
    (w) => void w.said?.add("ground"),
  ),
  rule(
    "rainbow",
    ["a rainbow stood over the {place:place}.", "there was a rainbow above the {place:place}."],
    (w, s) =>
      w.wet &&
      w.weather === "sun" &&
      (w.time === "morning" || w.time === "afternoon") &&
      hereIs(w, s.place) &&
      once(w, "rainbow"),
    (w) => void w.said?.add("rainbow"),
  ),
  rule(
    "boots",
    ["{subj:who} had mud on <his> boots.", "{subj:who} wiped the mud from <his> shoes."],
    (w, s) => w.wet && genderOf(slot(s, "subj")) !== "it" && !!subject(w, s) && once(w, "boots"),
    (w) => void w.said?.add("boots"),
  ),
  rule(
    "dust",
    ["{subj:who} had dust on <his> boots.", "{subj:who} shook the dust from <his> shoes."],
    (w, s) =>
      !w.wet &&
      (w.weather === "sun" || w.weather === "wind") &&
      genderOf(slot(s, "subj")) !== "it" &&
      !!subject(w, s) &&
      once(w, "boots"),
    (w) => void w.said?.add("boots"),
  ),
  rule(
    "time",
    ["soon it was {time:time}.", "then the {time:time} came."],
    (w, s) => w.time !== null && isLater(w, slot(s, "time")),
    (w, s) => setTime(w, slot(s, "time")),
  ),
  rule(
    "sky.evening",
    ["the sun was low over the {place:place}.", "long shadows lay on the {place:place}."],
    (w, s) => w.time === "evening" && w.weather === "sun" && hereIs(w, s.place) && once(w, "dusk"),
    (w) => void w.said?.add("dusk"),
  ),
  rule(
    "sky.night",
    [
      "the moon hung over the {place:place}.",
      "stars twinkled above the {place:place}.",
      "the {place:place} was dark.",
    ],
    (w, s) =>
      w.time === "night" &&
      (w.weather === "sun" || w.weather === "wind") &&
      hereIs(w, s.place) &&
      once(w, "dusk"),
    (w) => void w.said?.add("dusk"),
  ),
];
