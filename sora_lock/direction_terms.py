"""The vocabulary of direction, as data: axes, values, and the many ways a crew says each of them.

Place in the path: read by `direction`, and by the notebook for its lists. No logic beyond spelling out regular families
("red coat", "blue jacket", ...). Phrases are lower case; hyphens and spaces count as the same, matching is by whole words, longest
phrase first. A phrase belongs to exactly one value (a test says so). What is not here stays unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One value of an axis.

    Attributes:
        label: how the page and canonical sentences say it; itself understood.
        phrases: what else means it.
        about: one sentence for people, shown as help.
    """

    label: str
    phrases: tuple[str, ...]
    about: str


def _term(label: str, phrases: str, about: str) -> Term:
    return Term(label, tuple(p.strip() for p in phrases.split("|") if p.strip()), about)


def _family(*parts: str) -> str:
    """All combinations of alternatives: _family("red|blue", "coat|hat") spells out four phrases. "~" stands for nothing."""
    out = [""]
    for part in parts:
        out = [f"{o} {p}".strip() if p != "~" else o for o in out for p in part.split("|")]
    return "|".join(out)


def _joined(parts: Iterable[str]) -> str:
    return "|".join(parts)


_SIDE = "from the|from|from camera|from the camera|from frame|on the|on camera|at camera|~"
_GARMENTS = (
    "coat|overcoat|raincoat|jacket|shirt|blouse|sweater|jumper|pullover|knit|cardigan|dress|skirt|suit|trousers|jeans|scarf|"
    "outfit|clothes|clothing|costume|wardrobe|uniform|hoodie|tie"
)
_PAINTED = "wall|walls|floor|ceiling|bricks|tiles|door|doors|wallpaper"
_COLOURS = {
    "red": "red|crimson|scarlet",
    "orange": "orange",
    "yellow": "yellow",
    "green": "green|emerald",
    "teal": "teal|turquoise",
    "blue": "blue|navy|navy blue",
    "purple": "purple|violet",
    "pink": "pink|magenta",
    "brown": "brown|tan",
    "black": "black",
    "grey": "grey|gray",
    "white": "white",
}
_PLACES = {
    "beach": "beach|seaside",
    "forest": "forest|wood",
    "desert": "desert",
    "mountain": "mountain|mountain top",
    "field": "field|meadow",
    "park": "park|garden",
    "city street": "city street|busy street|street in the city",
    "office": "office",
    "bar": "bar|pub|nightclub",
    "hospital": "hospital",
    "church": "church|cathedral",
    "spaceship": "spaceship|spacecraft|space station",
    "train": "train|train station",
    "bedroom": "bedroom",
    "living room": "living room",
    "warehouse": "warehouse|factory",
}


def _wardrobe() -> dict[str, Term]:
    out = {}
    for value, names in _COLOURS.items():
        phrases = [
            _family(names, _GARMENTS),
            _family("dressed in|wearing|wears|clad in", names),
            _family("coat|jacket|wardrobe|clothes|dress|shirt|sweater", "in|is|now|turns", names),
        ]
        out[value] = _term(
            f"{value} wardrobe", _joined(phrases), f"The main garment in {value}, folds and pattern kept."
        )
    out["other"] = _term(
        "other wardrobe",
        _joined(
            [
                _family("another|different|new|other", "coat|jacket|outfit|clothes|costume|dress|suit"),
                "change of clothes|change of wardrobe|changes clothes|costume change|in costume|without the coat",
                _family("takes off|taking off|removes|without", "her|his|their|the", "coat|jacket|scarf"),
                _family("puts on|putting on|wearing|wears", "a|her|his|the", "coat|jacket|scarf|uniform|dress|suit"),
            ]
        ),
        "Other clothes than the locked ones.",
    )
    out["hat"] = _term(
        "hat",
        _joined(
            [
                _family("puts on|putting on|wearing|wears|with|in", "a|her|his|the", "hat|cap|hood|beanie|helmet"),
                "hat on|cap on|hood up",
            ]
        ),
        "Something on the head.",
    )
    return out


def _background() -> dict[str, Term]:
    out = {}
    for value, names in _PLACES.items():
        phrases = [
            _family("in|on|at|inside|into|to", "a|an|some", names),
            _family(names, "background|backdrop|set"),
            _family("background of a|background is a|background a|set in a|set on a|in front of a|against a", names),
        ]
        if value in {"beach", "forest", "desert", "mountain", "field", "park"}:
            phrases.append(_family("in|on|at|into|to", "the", names))
        out[value] = _term(f"{value} background", _joined(phrases), f"Another place: {value}.")
    out["other"] = _term(
        "other background",
        _joined(
            [
                _family("another|different|new", "background|place|location|set|room|street|city|backdrop"),
                "somewhere else|elsewhere|change the background|replace the background|change the set",
            ]
        ),
        "Another place than the locked set.",
    )
    return out


def _surfaces() -> dict[str, Term]:
    out = {
        value: _term(
            f"{value} walls",
            _joined([_family(names, _PAINTED), _family("walls|wall|floor", "in|painted|turn|are", names)]),
            f"The set's surfaces in {value}.",
        )
        for value, names in _COLOURS.items()
    }
    out["other"] = _term(
        "other walls",
        _joined(
            [_family("repaint|repainted|repaint the|painted|new|different|other", "walls|wall|floor|wallpaper|tiles")]
        ),
        "Surfaces other than the locked ones.",
    )
    return out


def _turns(verb: str, side: str) -> str:
    """ "pan left", "panning to the left", "pans left", ... for one verb (given with its inflections) and side."""
    return _family(verb, "~|to the|to|towards the|toward the|camera|slightly to the", side)


VOCABULARY: Mapping[str, Mapping[str, Term]] = {
    "light": {
        "chiaroscuro": _term(
            "chiaroscuro",
            "clair obscur|clair-obscur|caravaggio light|caravaggio lighting|caravaggesque|tenebrism|tenebrist|tenebroso|"
            "one hard side light|single hard source|deep shadows and light",
            "One hard side key, almost no fill: half the face falls into shadow.",
        ),
        "neon": _term(
            "neon",
            "neon light|neon lights|neon lit|neon lighting|neons|neon signs|neon sign|neon glow|cyberpunk light|"
            "cyberpunk lighting|magenta and cyan|pink and blue light|neon soaked|neon drenched",
            "Two coloured practicals, magenta and cyan, from both sides.",
        ),
        "silhouette": _term(
            "silhouette",
            "silhouetted|in silhouette|silhouettes|contre jour|contrejour|shadow figure|black against the light",
            "Light from behind only; the figure reads as a shape.",
        ),
        "high key": _term(
            "high key",
            "high key light|high key lighting|highkey|bright and even|even light|even lighting|shadowless|flat light|"
            "flat lighting|bright even light|beauty light|sitcom lighting",
            "Bright, even, much fill: hardly a shadow.",
        ),
        "low key": _term(
            "low key",
            "low key light|low key lighting|lowkey|dark and moody|mostly in shadow|deep shadows|mostly shadow|underexposed",
            "Dark, little fill: most of the frame in shadow.",
        ),
        "rembrandt": _term(
            "Rembrandt",
            "rembrandt|rembrandt light|rembrandt lighting|rembrandt lit|triangle of light|rembrandt triangle|portrait lighting",
            "Key from 45 degrees and above: a triangle of light on the shadowed cheek.",
        ),
        "noir": _term(
            "noir",
            "film noir|noir light|noir lighting|noirish|venetian blinds|through blinds|through the blinds|blinds|blind shadows|"
            "shadows of blinds",
            "Hard light through blinds, black and hard edged.",
        ),
        "candle": _term(
            "candlelight",
            "candle|candles|candle lit|candlelit|candle light|by candlelight|candle glow|firelight|fire light|firelit|fireside|"
            "by the fire|flickering flame|flickering light|barry lyndon light",
            "One warm flickering flame, near and low.",
        ),
        "rim": _term(
            "rim light",
            "rim|rim lit|rimlight|rimlit|rim lighting|edge light|edge lit|edge lighting|hair light|backlit|back lit|backlight|"
            "back light|backlighting|backlights|lit from behind|light from behind|key from behind|kicker|halo of light",
            "A bright edge from behind; the face keeps some fill.",
        ),
        "light shafts": _term(
            "shafts of light",
            "shaft of light|light shaft|light shafts|god rays|god ray|godrays|sunbeams|sunbeam|sun beams|beams of light|light beams|"
            "rays of light|sun rays|sunrays|volumetric light|volumetric lighting|crepuscular rays|volumetric fog",
            "Sun from behind through gaps: bright bars in hazy air.",
        ),
        "moonlight": _term(
            "moonlight",
            "moonlit|moon light|moon lit|by moonlight|under the moon|full moon|moonshine|light of the moon|moon",
            "Cold, hard, high and dim: the moon as key.",
        ),
    },
    "time": {
        "day": _term(
            "day",
            "daylight|daytime|day time|by day|noon|midday|high noon|at noon|afternoon|broad daylight|in the daytime|day light",
            "Sun and sky at their usual height.",
        ),
        "morning": _term(
            "morning",
            "early morning|in the morning|dawn|at dawn|daybreak|sunrise|at sunrise|first light|morning light|morning sun|"
            "crack of dawn|sun coming up|break of day",
            "Low, pale sun; long soft shadows.",
        ),
        "golden hour": _term(
            "golden hour",
            "magic hour|golden light|golden sun|sunset|at sunset|sundown|at sundown|setting sun|low sun|late sun|sun going down|"
            "golden sunset|golden hour light|last light|late afternoon|late afternoon sun|evening sun",
            "A warm sun just above the horizon, from the side.",
        ),
        "blue hour": _term(
            "blue hour",
            "l'heure bleue|heure bleue|after sunset|just after sunset|blue twilight|civil twilight",
            "No sun, a blue sky as a large soft light, practicals on.",
        ),
        "dusk": _term(
            "dusk",
            "at dusk|twilight|nightfall|evening|in the evening|gloaming|crepuscular|getting dark|early evening",
            "Between sunset and night: dim and cool, a last warm edge.",
        ),
        "night": _term(
            "night",
            "at night|night time|nighttime|midnight|after dark|by night|in the dark of night|late at night|nocturnal|late night|"
            "dead of night|middle of the night|night sky",
            "Dark sky; moon and practicals do the work.",
        ),
    },
    "weather": {
        "clear": _term(
            "clear sky",
            "clear|clear skies|clear weather|cloudless|cloudless sky|sunny|sunshine|sunlit|blue sky|blue skies|fair weather|"
            "bright sun|bright sunshine|dry weather|fine weather",
            "No cloud, nothing in the air.",
        ),
        "overcast": _term(
            "overcast",
            "cloudy|clouded|clouds|cloud cover|grey sky|gray sky|grey skies|gray skies|grey day|gray day|cloudy sky|cloudy skies|"
            "leaden sky|dull sky|overcast sky|overcast day",
            "One big soft light from above, no sun.",
        ),
        "rain": _term(
            "rain",
            "raining|rains|rainy|rainfall|in the rain|rain falling|rain falls|showers|rain shower|shower of rain|wet weather|"
            "light rain|pouring|pouring rain|pouring down|rain pouring|rain pours down|driving rain|raindrops",
            "Rain in depth, wet ground.",
        ),
        "drizzle": _term(
            "drizzle",
            "drizzling|drizzles|drizzly|spitting rain|fine rain|spitting|mizzle|sprinkle of rain",
            "Fine rain.",
        ),
        "downpour": _term(
            "downpour",
            "torrential downpour|cloudburst|deluge|raining cats and dogs|bucketing down|lashing rain|sheets of rain|rainstorm|"
            "rain storm|monsoon|raining hard in sheets|soaking rain|heavens open",
            "Rain in sheets, splashes, streaming ground.",
        ),
        "snow": _term(
            "snow",
            "snowing|snows|snowy|snowfall|in the snow|snow falling|snow falls|snowflakes|falling snow|light snow|flurry|flurries|"
            "snow flurries|snow shower|snow covered",
            "Flakes in depth.",
        ),
        "blizzard": _term(
            "blizzard", "snowstorm|snow storm|whiteout|white out|driving snow", "Dense snow driven by wind."
        ),
        "fog": _term(
            "fog",
            "foggy|fogbound|in the fog|fog bank|fog rolls in|fog rolling in|pea souper|light fog|smog|fogged in",
            "Air that hides what is far.",
        ),
        "mist": _term(
            "mist",
            "misty|in the mist|haze|hazy|light mist|morning mist|ground mist|light haze|atmospheric haze",
            "A thin veil with depth.",
        ),
        "storm": _term(
            "storm",
            "stormy|thunderstorm|thunder|lightning|thunder and lightning|thundery|tempest|lightning storm|in a storm|"
            "flashes of lightning|lightning flashes",
            "Wind, rain and lightning.",
        ),
        "wet": _term(
            "wet ground",
            "wet|wet streets|wet street|wet pavement|wet asphalt|puddles|puddle|after the rain|after rain|rain slicked|"
            "rain slick|glistening ground|glistening street|soaked|wet floor|wet down|damp",
            "Wetness without falling rain.",
        ),
        "wind": _term(
            "wind", "windy|gust|gusts|gusty|breeze|breezy|gale|windswept|wind blowing|light wind", "What hangs moves."
        ),
        "dust": _term(
            "dust",
            "dusty|dust storm|sandstorm|sand storm|blowing sand|dust in the air|floating dust|dust motes",
            "Dry particles in the air.",
        ),
    },
    "size": {
        "extreme close-up": _term(
            "extreme close-up",
            "extreme close up|extreme closeup|ecu|xcu|big close up|bcu|very close up|tight on the eyes|close on the eyes|macro",
            "Eyes and mouth fill the frame.",
        ),
        "close-up": _term(
            "close-up",
            "closeup|close up|cu|close shot|close up shot|closeup shot|tight shot|close on her face|close on his face|"
            "close on the face|tight on her face|tight on his face|face only",
            "The face fills the frame.",
        ),
        "medium close-up": _term(
            "medium close-up",
            "medium closeup|medium close|mcu|bust shot|head and shoulders|chest up|head and shoulders shot|medium close shot",
            "Head and shoulders.",
        ),
        "medium": _term(
            "medium shot",
            "medium|mid shot|midshot|waist up|waist shot|from the waist up|half shot|half figure|ms",
            "From the waist up.",
        ),
        "medium wide": _term(
            "medium wide shot",
            "medium wide|american shot|cowboy shot|plan americain|plan américain|three quarter shot|knees up|from the knees up|"
            "medium long shot|medium full shot|mws|mls",
            "From the knees up.",
        ),
        "wide": _term(
            "wide shot",
            "wide|long shot|full shot|full figure|full body|full length|head to toe|ws|wider|wide view|wide frame|wide framing",
            "The whole figure and the place.",
        ),
        "extreme wide": _term(
            "extreme wide shot",
            "extreme wide|extreme long shot|very wide|very wide shot|establishing shot|establishing|vista|ews|els|tiny in the frame",
            "The place; the figure is small in it.",
        ),
    },
    "angle": {
        "eye level": _term(
            "eye level",
            "at eye level|eye level shot|eye height|at eye height|straight on|neutral angle",
            "The lens at the eyes.",
        ),
        "low": _term(
            "low angle",
            "low angle shot|from a low angle|low camera|camera low|from below|looking up at her|looking up at him|"
            "worm's eye|worms eye|worm's eye view|worms eye view|hero angle|from the ground|from knee height|camera down low",
            "From below, looking up.",
        ),
        "high": _term(
            "high angle",
            "high angle shot|from a high angle|high camera|camera high|from above|looking down at her|"
            "looking down at him|camera up high|from higher up",
            "From above, looking down.",
        ),
        "dutch": _term(
            "dutch angle",
            "dutch|dutch tilt|canted|canted angle|canted frame|oblique angle|tilted frame|tilted horizon",
            "The horizon leans.",
        ),
        "overhead": _term(
            "overhead",
            "overhead shot|top shot|bird's eye|birds eye|bird's eye view|birds eye view|god's eye|gods eye|god's eye view|"
            "top down|straight down|from directly above",
            "Straight down.",
        ),
    },
    "move": {
        "static": _term(
            "static camera",
            "static|static shot|locked off|lock off|locked camera|tripod|on sticks|still camera|fixed camera|camera still|"
            "camera fixed|no camera move|no camera movement|no move|no movement|camera does not move|unmoving camera",
            "The camera stands.",
        ),
        "push in": _term(
            "push in",
            _joined(
                [
                    _family(
                        "push|pushes|pushing",
                        "in|in on her|in on him|closer|forward|towards her|towards him|inward|inwards",
                    ),
                    _family("dolly|dollies|dollying|track|tracks|tracking", "in|forward|forwards|closer"),
                    "creep in|creeps in|creeping in|move in|moves in|moving in|camera approaches|camera pushes in|dolly push",
                ]
            ),
            "The camera moves towards the figure.",
        ),
        "pull out": _term(
            "pull out",
            _joined(
                [
                    _family("pull|pulls|pulling", "out|back|away|backwards|backward"),
                    _family("dolly|dollies|dollying|track|tracks|tracking", "out|back|away|backwards|backward"),
                    "move back|moves back|moving back|camera retreats|camera pulls back|pullback|pull back reveal|pull out reveal",
                ]
            ),
            "The camera moves away from the figure.",
        ),
        "pan left": _term(
            "pan left",
            _joined(
                [_turns("pan|pans|panning|whip pan|swish pan", "left"), "pan from right to left|pan right to left"]
            ),
            "The camera turns left.",
        ),
        "pan right": _term(
            "pan right",
            _joined(
                [_turns("pan|pans|panning|whip pan|swish pan", "right"), "pan from left to right|pan left to right"]
            ),
            "The camera turns right.",
        ),
        "tilt up": _term(
            "tilt up", "tilts up|tilting up|tilt upwards|tilt upward|camera tilts up", "The camera nods up."
        ),
        "tilt down": _term(
            "tilt down",
            "tilts down|tilting down|tilt downwards|tilt downward|camera tilts down",
            "The camera nods down.",
        ),
        "truck left": _term(
            "truck left",
            _turns(
                "truck|trucks|trucking|track|tracks|tracking|dolly|dollies|slide|slides|sliding|crab|crabs|crabbing",
                "left",
            ),
            "The camera travels left, sideways.",
        ),
        "truck right": _term(
            "truck right",
            _turns(
                "truck|trucks|trucking|track|tracks|tracking|dolly|dollies|slide|slides|sliding|crab|crabs|crabbing",
                "right",
            ),
            "The camera travels right, sideways.",
        ),
        "orbit left": _term(
            "orbit left",
            _turns("orbit|orbits|orbiting|arc|arcs|arcing|circle|circles|circling|orbit shot", "left"),
            "The camera circles the figure, to the left.",
        ),
        "orbit right": _term(
            "orbit right",
            _joined(
                [
                    _turns("orbit|orbits|orbiting|arc|arcs|arcing|circle|circles|circling|orbit shot", "right"),
                    "orbit|orbiting|orbit shot|arc shot|orbit around her|orbit around him|circles her|circles him|circle around her|"
                    "circle around him|arc around her|arc around him|circling shot|360 shot",
                ]
            ),
            "The camera circles the figure, to the right; also when no side is said.",
        ),
        "handheld": _term(
            "handheld",
            "hand held|handheld camera|hand held camera|shaky cam|shaky camera|shakycam|documentary camera|shoulder camera|"
            "on the shoulder|verite|vérité",
            "Carried by a person: it breathes and sways.",
        ),
        "crane up": _term(
            "crane up",
            "cranes up|craning up|boom up|booms up|jib up|pedestal up|ped up|camera rises|rising camera",
            "The camera rises.",
        ),
        "crane down": _term(
            "crane down",
            "cranes down|craning down|boom down|booms down|jib down|pedestal down|ped down|camera descends|camera lowers",
            "The camera sinks.",
        ),
    },
    "lens": {
        "wide angle": _term(
            "wide angle lens",
            _joined(
                [
                    "wide angle|wide lens|wide angle shot|wideangle|short lens",
                    _family("14|16|18|20|21|24|28", "mm"),
                    "14mm|16mm|18mm|20mm|21mm|24mm|28mm",
                ]
            ),
            "Short focal length: much place, strong perspective.",
        ),
        "normal": _term(
            "normal lens", "standard lens|35 mm|35mm|40 mm|40mm|50 mm|50mm|nifty fifty", "As the eye sees it."
        ),
        "telephoto": _term(
            "telephoto lens",
            _joined(
                [
                    "telephoto|tele|tele lens|long lens|long focal length|compressed perspective|portrait lens",
                    _family("75|85|100|105|135|150|180|200|300|400", "mm"),
                    "75mm|85mm|100mm|105mm|135mm|150mm|180mm|200mm|300mm|400mm",
                ]
            ),
            "Long focal length: flat perspective, the place comes near.",
        ),
        "shallow focus": _term(
            "shallow focus",
            "shallow|shallow depth of field|shallow dof|shallow depth|bokeh|blurred background|background blurred|out of focus background|"
            "background out of focus|soft background|wide open aperture|rack focus to her",
            "Only the figure is sharp.",
        ),
        "deep focus": _term(
            "deep focus",
            "deep depth of field|deep dof|everything in focus|everything sharp|all in focus|stopped down|pan focus",
            "Near and far are sharp.",
        ),
    },
    "expression": {
        "neutral": _term(
            "neutral expression",
            "neutral|neutral face|expressionless|deadpan|blank face|blank expression|poker face|impassive|straight face",
            "The face at rest.",
        ),
        "smile": _term(
            "smile",
            "smiling|smiles|smiley|grin|grins|grinning|happy|happily|beaming|laughing|laughs|cheerful|joyful|with a smile|"
            "happy expression|smirk|smirks|smirking|half smile",
            "Mouth corners up, cheeks raised.",
        ),
        "worried": _term(
            "worried",
            "worry|worries|worrying|anxious|concerned|nervous|uneasy|troubled|apprehensive|frets|fretting|worried look|looks worried|worriedly",
            "Brows drawn up and together.",
        ),
        "angry": _term(
            "angry",
            "anger|angrily|furious|furiously|rage|enraged|scowl|scowls|scowling|glares|glaring|mad|livid|in a rage|irate",
            "Brows down, lips tight.",
        ),
        "surprised": _term(
            "surprised",
            "surprise|surprises|astonished|amazed|shocked|startled|stunned|astonishment|wide eyed|jaw drops|gasps|gasping|taken aback",
            "Brows up, eyes wide, jaw dropped.",
        ),
        "weary": _term(
            "weary",
            "tired|exhausted|wearily|fatigued|worn out|drained|sleepy|drowsy|bone tired|weariness|heavy eyed|heavy lidded",
            "Lids heavy, mouth slack.",
        ),
    },
    "practical": {
        "sign": _term(
            "sign on",
            "sign|shop sign|sign lit|sign burning|sign glowing|neon sign on|neon sign burning|neon sign buzzing|buzzing sign|glowing sign",
            "The sign in the set burns.",
        ),
        "lamp": _term(
            "lamp on",
            _family("the|a|~", "lamp|lamps|ceiling lamp|pendant|pendant lamp|porch light", "on|lit|burning|~"),
            "Lamps in the set burn.",
        ),
        "street lamp": _term(
            "street lamp on",
            _family(
                "the|a|~",
                "street lamp|street lamps|streetlamp|streetlamps|street light|street lights|streetlight|streetlights",
                "on|lit|burning|~",
            ),
            "The street lamp burns.",
        ),
        "headlights": _term(
            "headlights on",
            _family("the|car|~", "headlights|headlamps|head lights", "on|blazing|burning|~"),
            "The car's lights burn.",
        ),
        "string lights": _term(
            "string lights on",
            _family("the|~", "string lights|fairy lights|festoon lights|party lights", "on|lit|~"),
            "Bulbs on a string burn.",
        ),
        "lit windows": _term(
            "lit windows",
            _family("the|~", "windows|office windows|city windows|skyline windows", "lit|glowing")
            + "|lights in the windows|lit office windows|window lights|lit window",
            "Rooms far off are lit.",
        ),
    },
    "eyeline": {
        "each other": _term(
            "looking at each other",
            _family(
                "look|looks|looking|gaze|gazes|gazing|stare|stares|staring|glance|glances|glancing",
                "at",
                "each other|one another",
            )
            + "|eyes on each other|face to face|facing each other|eye to eye|meet each other's eyes|their eyes meet",
            "Heads turn to one another.",
        ),
        "camera": _term(
            "looking at the camera",
            _family(
                "look|looks|looking|gaze|gazes|gazing|stare|stares|staring",
                "at|into",
                "camera|the camera|the lens|lens|us",
            )
            + "|to camera|eyes to camera|breaking the fourth wall|breaks the fourth wall",
            "Heads turn to the lens.",
        ),
        "left": _term(
            "looking left",
            _family(
                "look|looks|looking|glance|glances|glancing",
                "left|to the left|off left|off to the left|camera left|screen left|frame left",
            ),
            "Heads turn to the left of the picture.",
        ),
        "right": _term(
            "looking right",
            _family(
                "look|looks|looking|glance|glances|glancing",
                "right|to the right|off right|off to the right|camera right|screen right|frame right",
            ),
            "Heads turn to the right of the picture.",
        ),
        "up": _term(
            "looking up",
            _family(
                "look|looks|looking|glance|glances|glancing|gaze|gazes|gazing",
                "up|upwards|upward|up at the sky|to the sky|skyward",
            )
            + "|eyes raised|chin up|head up",
            "Heads tilt up.",
        ),
        "down": _term(
            "looking down",
            _family(
                "look|looks|looking|glance|glances|glancing|gaze|gazes|gazing",
                "down|downwards|downward|at the floor|at the ground|at her feet|at his feet",
            )
            + "|eyes lowered|eyes down|chin down|head down|head bowed|bowed head",
            "Heads tilt down.",
        ),
    },
    "performance": {
        "idle": _term(
            "standing still",
            _family("stands|stand|stays|staying", "still|put"),
            "Stands at the mark: breathes, blinks, turns the head a little.",
        ),
        "walk": _term(
            "walks two steps",
            _family("walks|walking|walk|takes|taking|take", "two|a few|a couple of|some|three", "steps|paces")
            + "|"
            + _family(
                "looks and turns and|looks turns and|turns and|turns around and|looks and|looks aside and|~", "walks"
            )
            + "|"
            + _family("walks|walking", "across|on|over|across the frame|through the frame|across the shot")
            + "|"
            + _family("walks|walking|walk|paces|pacing|pace", "up and down|back and forth|to and fro|there and back")
            + "|walking|paces|pacing|two steps|a few steps|a couple of steps|takes a step|taking a step|steps aside|stepping aside|"
            "strolls|strolling|crosses the frame|crossing the frame|crosses the shot|crosses frame|turns and goes|on the move",
            "Looks to the side, turns, walks two steps, stops for the camera, and walks back.",
        ),
    },
    "grade": {
        "warm": _term(
            "warm",
            "warm grade|warmer|warm tones|warm tone|warm colours|warm colors|warm look|warmly graded|warm light",
            "Towards amber.",
        ),
        "cool": _term(
            "cool",
            "cool grade|cooler|cool tones|cool tone|cold tones|cool colours|cool colors|cold colours|cold colors|cool look|cold look|cold light|cool light|blue tint",
            "Towards blue.",
        ),
        "black and white": _term(
            "black and white", "b&w|b and w|bw|monochrome|monochromatic|greyscale|grayscale|black white", "No colour."
        ),
        "bleach bypass": _term(
            "bleach bypass", "skip bleach|silver retention|bleached|bleach bypassed", "Hard contrast, little colour."
        ),
        "teal and orange": _term(
            "teal and orange",
            "orange and teal|teal orange|orange teal|blockbuster grade",
            "Skin to orange, shadows to teal.",
        ),
        "vivid": _term(
            "vivid",
            "vivid colours|vivid colors|saturated|saturated colours|saturated colors|colourful|colorful|technicolor|technicolour|vibrant|rich colours|rich colors",
            "More colour.",
        ),
        "muted": _term(
            "muted",
            "muted colours|muted colors|desaturated|washed out|pastel|faded|faded colours|faded colors|subdued colours|subdued colors|drab",
            "Less colour.",
        ),
    },
    "key": {
        "left": _term(
            "key from the left",
            _joined(
                [
                    _family(
                        "key|key light|keylight|light|lit|side light|side lit|sidelit|lighting|sun|light coming|light comes",
                        _SIDE.replace("|~", ""),
                        "left",
                    ),
                    "left key|key left|left side light|side light left|left lit|left sided light|light left|camera left key",
                ]
            ),
            "The key stands at the left of the frame.",
        ),
        "right": _term(
            "key from the right",
            _joined(
                [
                    _family(
                        "key|key light|keylight|light|lit|side light|side lit|sidelit|lighting|sun|light coming|light comes",
                        _SIDE.replace("|~", ""),
                        "right",
                    ),
                    "right key|key right|right side light|side light right|right lit|right sided light|light right|camera right key",
                ]
            ),
            "The key stands at the right of the frame.",
        ),
        "top": _term(
            "key from above",
            _joined(
                [
                    _family("key|key light|light|lit|lighting", "from above|from the top|from overhead|from top"),
                    "top light|toplight|top lit|toplit|top key|overhead light|overhead lighting",
                ]
            ),
            "The key stands above the figure.",
        ),
        "below": _term(
            "key from below",
            _joined(
                [
                    _family(
                        "key|key light|light|lit|lighting",
                        "from below|from underneath|from beneath|from the floor|from under",
                    ),
                    "underlit|underlight|underlighting|under light|footlights|monster lighting|horror light",
                ]
            ),
            "The key stands below the face.",
        ),
    },
    "wardrobe": _wardrobe(),
    "hair": {
        "bald": _term("bald", "bald head|shaved head|hairless|no hair|without hair|shaven head", "No hair."),
        "short": _term(
            "short hair",
            "shorter hair|cropped hair|buzz cut|crew cut|hair cut short|hair cut|haircut|pixie cut|bob cut",
            "Shorter than locked.",
        ),
        "long": _term(
            "long hair", "longer hair|hair down|loose hair|flowing hair|hair grown|long haired", "Longer than locked."
        ),
        "tied": _term(
            "tied hair",
            "ponytail|pony tail|hair tied|hair up|bun|braid|braids|braided hair|hair in a bun|plait|pigtails",
            "Put up.",
        ),
        "blonde": _term("blonde hair", "blonde|blond|blond hair|fair hair", "Another colour: blonde."),
        "dark": _term("dark hair", "brunette|black hair|brown hair|dark haired", "Another colour: dark."),
        "red": _term("red hair", "redhead|ginger|ginger hair|red haired|auburn|auburn hair", "Another colour: red."),
        "grey": _term(
            "grey hair",
            "gray hair|white hair|greying|graying|silver hair|grey haired|gray haired",
            "Another colour: grey.",
        ),
        "other": _term(
            "other hair",
            "different hair|another haircut|new haircut|new hair|different haircut|other hairstyle|different hairstyle|new hairstyle|blue hair|pink hair|green hair|curly hair|straight hair",
            "Otherwise changed.",
        ),
    },
    "face": {
        "older": _term(
            "older",
            "aged|elderly|old woman|old man|aging|ageing|wrinkled|wrinkles|years older|as an old woman|as an old man|looks older",
            "An older face.",
        ),
        "younger": _term(
            "younger",
            "young|as a child|as a girl|as a boy|as a teenager|rejuvenated|looks younger|years younger|de aged",
            "A younger face.",
        ),
        "beard": _term(
            "beard",
            "with a beard|bearded|stubble|moustache|mustache|with a moustache|with a mustache|goatee|unshaven",
            "Facial hair.",
        ),
        "glasses": _term(
            "glasses",
            "wearing glasses|with glasses|spectacles|sunglasses|eyeglasses|in glasses|eyepatch|eye patch",
            "Something before the eyes.",
        ),
        "scar": _term(
            "scar",
            "scarred|with a scar|bruised|bruise|wounded face|black eye|bloody face|blood on her face|blood on his face",
            "Marked skin.",
        ),
        "makeup": _term(
            "makeup", "make up|lipstick|red lipstick|heavy makeup|eyeliner|mascara|face paint", "Painted skin."
        ),
        "eyes": _term(
            "other eyes",
            "blue eyes|green eyes|brown eyes|other eye colour|different eyes|red eyes",
            "Another eye colour.",
        ),
        "other": _term(
            "other face",
            "another face|different face|new face|another actor|another actress|another person|someone else|different actor|different actress|different person",
            "Another person.",
        ),
    },
    "body": {
        "taller": _term("taller", "much taller|very tall|grown up", "A taller body."),
        "smaller": _term("smaller body", "shorter body|short body|tiny body|petite", "A smaller body."),
        "heavier": _term(
            "heavier body", "fat|fatter|overweight|chubby|obese|plump|pregnant|heavyset|heavy set", "A heavier body."
        ),
        "thinner": _term("thinner body", "thinner|skinny|slim|slimmer|gaunt|emaciated", "A thinner body."),
        "muscular": _term("muscular", "muscled|athletic body|bulky body|strong body|bodybuilder", "A stronger body."),
    },
    "background": _background(),
    "props": {
        "removed": _term(
            "props removed",
            _joined(
                [
                    "empty set|empty room|remove the props|without the props|without props|clear the set|props gone|no props|no furniture|remove the furniture|bare room|strip the set",
                    "",
                ]
            ),
            "Things of the set taken away.",
        ),
        "other": _term(
            "other props",
            _joined(
                [
                    _family(
                        "different|new|another set of|swap the|change the|move the|rearrange the", "props|furniture"
                    ),
                    "redecorated|rearranged",
                ]
            ),
            "Things of the set added, swapped or moved.",
        ),
    },
    "surfaces": _surfaces(),
}

# Phrases that carry an amount of their own; an amount word in front combines with it.
INHERENT: Mapping[str, float] = {
    "light rain": 0.5, "light snow": 0.5, "light fog": 0.5, "light mist": 0.5, "light haze": 0.5, "light wind": 0.5, "flurry": 0.5,
    "flurries": 0.5, "snow flurries": 0.5, "breeze": 0.5, "breezy": 0.5, "haze": 0.5, "hazy": 0.5, "damp": 0.5, "gale": 2.0, "pouring": 1.5,
    "pouring rain": 1.5, "pouring down": 1.5, "rain pouring": 1.5, "rain pours down": 1.5, "driving rain": 1.5, "sandstorm": 2.0,
    "sand storm": 2.0, "dust storm": 2.0, "floating dust": 0.5, "dust motes": 0.5, "pea souper": 2.0, "smirk": 0.5, "smirks": 0.5,
    "smirking": 0.5, "half smile": 0.5, "beaming": 1.5, "laughing": 1.5, "laughs": 1.5, "furious": 1.5, "furiously": 1.5,
    "enraged": 1.5, "livid": 1.5, "exhausted": 1.5, "bone tired": 1.5, "shocked": 1.5, "astonished": 1.5, "uneasy": 0.5,
    "creep in": 0.5, "creeps in": 0.5, "creeping in": 0.5,
    **{f"{p} {s}": 2.0 for p in ("whip pan", "swish pan") for s in ("left", "right", "to the left", "to the right")},
}  # fmt: skip

# Amount words -> (amount, the axes they may modify; () means any). Several in a row combine, see `direction`.
AMOUNTS: Mapping[str, tuple[float, tuple[str, ...]]] = {
    **{
        w: (0.5, ())
        for w in (
            "slight|slightly|a bit of|a bit|bit of|a little|a little bit of|a little bit|little|a touch of|a hint of|touch of|hint of|"
            "subtle|subtly|some|mild|mildly|faint|faintly|gentle|gently|softly|less|not very|not too|not so|not too much|not much|barely|"
            "hardly|somewhat|a tad|weak|a trace of|delicate|a suggestion of|lightly|half"
        ).split("|")
    },
    **{
        w: (1.5, ())
        for w in (
            "heavy|heavily|very|strong|strongly|dense|thick|more|lots of|a lot of|a lot|much|plenty of|really|deep|deeply|intense|intensely|"
            "big|broad|broadly|serious|seriously|quite|pronounced|harsh|bright|brightly|full of|exaggerated"
        ).split("|")
    },
    **{
        w: (2.0, ())
        for w in (
            "extreme|extremely|torrential|torrentially|violent|violently|massive|massively|immensely|super|insanely|insane|raging|utterly|"
            "maximum|as much as possible|impenetrable|blinding|overwhelming|way too much|tons of|incredibly"
        ).split("|")
    },
    **{w: (0.5, ("move",)) for w in "slow|slowly|creeping|leisurely|smooth|smoothly|easy".split("|")},
    **{w: (1.5, ("move",)) for w in "fast|quick|quickly|rapid|rapidly|swift|swiftly|brisk|sudden|suddenly".split("|")},
    **{w: (0.5, ("weather", "expression", "light", "key", "grade")) for w in ("soft", "light", "thin")},
    **{w: (1.5, ("weather", "light", "key")) for w in ("hard", "lashing")},
}

# Words that turn what follows off.
NEGATORS: tuple[str, ...] = (
    "no", "not", "without", "without any", "never", "no more", "no longer", "not any", "none of", "minus", "remove", "removes", "removed",
    "lose", "drop", "cut", "kill", "skip", "free of", "free from", "clear of", "instead of", "rather than", "isn't", "isnt", "aren't", "doesn't",
    "doesnt", "don't", "dont", "ain't", "wasn't", "stop", "stops", "stopped", "nothing of", "take out", "take away", "get rid of", "avoid",
    "except", "neither", "nor", "switch off", "turn off", "can't", "won't",
)  # fmt: skip
# Words that turn what stands before them off.
AFTER_NEGATORS: tuple[str, ...] = (
    "stops", "stopped", "has stopped", "is gone", "gone", "lifts", "lifted", "has lifted", "clears", "cleared", "has cleared", "is over",
    "off", "removed", "free", "ends", "ended", "fades away", "dies down", "stopping", "lifting", "clearing",
)  # fmt: skip

# Glue: function words, never reported when something else in the line was understood.
GLUE: frozenset[str] = frozenset(
    "a an the this that these those of in on at by to into onto from with within and or but yet while as is are it it's its his her "
    "hers him their them he she they we us our you your i my me be being been was were has have had now then than same again still just "
    "only also so there here all any every everything everyone else keep kept keeping please let let's make makes making give gives put "
    "puts want wants try with both for up out over under inside outside against through during around across before after behind when "
    "where which who will would should could can may do does did doing get gets getting go goes going become becomes turn turns like "
    "plus via per if even other otherwise next this another time version variation take instead exactly".split()
)
# Glue only beside something understood in the same clause: alone, these words ask for something we cannot do.
COLOURING: frozenset[str] = frozenset(
    "bathed bathing dramatic dramatically cinematic cinema beautiful beautifully moody atmospheric atmosphere lit light lights lighting "
    "look looks looking mood feel feeling tone tones scene shot shots frame framed framing camera cam style styled classic classical "
    "film movie falls falling falls fall shines shining shine comes coming covered drenched soaked surrounded shrouded wrapped washed "
    "filled set lens angle view key face expression weather sky air effect "
    "nice lovely stunning gorgeous rolling rolls begins beginning starts starting slowly hangs hanging hits background foreground "
    "she's he's they're wearing wears dressed woman man character figure ground street".split()
)
# Words that carry a negation on to the next phrase ("no rain or fog").
CARRY: frozenset[str] = frozenset({"or", "nor"})
# Words that end the reach of amounts and negations.
TURNS: frozenset[str] = frozenset({"and", "but", "or", "nor", "yet", "then", "plus", "while"})
# Lines that ask for no change at all.
AS_IS: frozenset[str] = frozenset(
    {"same", "the same", "same again", "as is", "as it is", "again", "no change", "unchanged"}
)

# How an amount is said in canonical sentences, by axis; "" is any other axis. Order: 0.5, 1.5, 2.
SAID: Mapping[str, tuple[str, str, str]] = {
    "": ("slight", "strong", "extremely strong"),
    "weather": ("slight", "heavy", "extremely heavy"),
    "move": ("slow", "fast", "very fast"),
    "expression": ("slight", "broad", "extremely broad"),
}

# Axes on which a later chip takes the place of an earlier one when directions are merged.
SINGLE: frozenset[str] = frozenset(
    {
        "light",
        "time",
        "size",
        "angle",
        "move",
        "lens",
        "grade",
        "key",
        "expression",
        "eyeline",
        "performance",
        "wardrobe",
        "hair",
        "background",
        "surfaces",
    }
)
# Lens has two independent questions, focal length and depth of focus; one does not displace the other.
ALONGSIDE: tuple[frozenset[str], ...] = (
    frozenset({"wide angle", "normal", "telephoto"}),
    frozenset({"shallow focus", "deep focus"}),
)
# Weather that cannot be at once; a later one displaces the earlier, and a negation takes the whole family.
FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"rain", "drizzle", "downpour"}),
    frozenset({"snow", "blizzard"}),
    frozenset({"fog", "mist"}),
    frozenset({"clear", "overcast"}),
)
CLEARS: frozenset[str] = frozenset(
    {"overcast", "rain", "drizzle", "downpour", "snow", "blizzard", "fog", "mist", "storm"}
)
