"""More ways of saying each value, as whole phrases, and what is not direction at all: examples for `paraphrase`, as data.

Place in the path: read by `paraphrase` for its bank, never by `direction`: nothing here is matched word by word. The vocabulary says what
exactly means a value; these say what means about that. No phrase of tests/phrases.tsv may stand here (a test says so).
"""

from __future__ import annotations

from collections.abc import Mapping


def _split(phrases: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in phrases.split("|") if p.strip())


EXAMPLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    axis: {value: _split(phrases) for value, phrases in values.items()}
    for axis, values in {
        "light": {
            "chiaroscuro": "a baroque painting|strong contrast of light and dark|a Rembrandt-era canvas with a black background|her cheek vanishes into darkness|renaissance oil painting|old masters|half lit, half black face",
            "neon": "Hong Kong nightclub lights|cyberpunk city|coloured tube lights|eighties synthwave look|purple and blue glow of an arcade|vaporwave|a strip of casinos after dark",
            "light shafts": "bright bars slant through the haze|spears of brightness hang in the dusty hall|light cuts the smoke into stripes|rays pour down between the boards",
            "silhouette": "a dark outline in a doorway|you cannot make out the face, just the shape|a shadow standing before a bright window|just a shape, no details|a cut out figure in front of the sun|only the contour is visible",
            "high key": "bright and cheerful like a commercial|white, clean and airy|overexposed and glowing|no shadow to be seen|everything brightly illuminated|a clean white studio",
            "low key": "almost everything is black|very dark with a sliver of light|swallowed by darkness|very little light on the set|murky|swallowed by gloom",
            "rembrandt": "classic studio portrait light|a small triangle lit on the dark cheek",
            "noir": "a nineteen-forties crime movie|private detective office|bars of shadow from the shutters|smoky detective film|like an old gangster movie",
            "candle": "a bonfire lights the faces|the warm flicker of a fireplace|lit by an oil lamp|a burning match lights her face|orange glow of embers|torchlight in a cave",
            "rim": "separate him from the background with a bright outline|sun behind the hair|a glowing contour around the head|a luminous edge on the shoulders",
            "moonlight": "a full moon shines down|cold night light through the window|ghostly silver night glow|werewolf night",
        },
        "time": {
            "day": "lunch break|ordinary daylight|two in the afternoon|school is out|the sun stands overhead",
            "morning": "breakfast time|birds begin to sing|the start of a new day|milkman's hour|cockcrow|commuters leave for work|mist of an early hour",
            "golden hour": "the sun is low and orange|long warm shadows at the end of the day|the last sunlight|the sun drops to the treetops|honey coloured evening light|dying sunlight",
            "blue hour": "violet sky when the sun is gone",
            "dusk": "night is coming|darkness is falling|the day is ending|the light is fading|lamps are being lit as it gets dark",
            "night": "everybody is asleep|stars in a black sky|darkness outside|it is late and dark|four a.m.|the town sleeps|black sky|no daylight left|deep darkness outdoors",
        },
        "weather": {
            "clear": "a perfect blue sky|glorious summer weather|brilliant azure sky|perfect beach weather",
            "overcast": "a ceiling of grey|the sun hides behind clouds|dull grey light|heavy low sky|colourless cloudy day|a roof of cloud",
            "rain": "it is wet outside, water falls|the sky is weeping|it's tipping down|splashing drops|bring an umbrella",
            "drizzle": "a few drops|barely raining|fine spray of water in the air|a light sprinkling|gentle patter",
            "downpour": "it is raining very hard|the skies open|torrents of water|a wall of water|it's hammering down|biblical flood from above",
            "snow": "everything turns white in winter|christmas weather|white winter landscape|soft frozen flakes|feathers of ice",
            "blizzard": "arctic wind and ice|snow so thick you see nothing|polar expedition weather|arctic gale|lost in the white",
            "fog": "you cannot see ten metres ahead|everything disappears in grey murk|poor visibility|nothing visible beyond arm's length|the street vanishes into grey|dense low cloud at street level",
            "mist": "steam drifting|a thin veil in the air|milky air|gauzy air",
            "storm": "thunder rolls and lightning strikes|violent weather|the sky flashes and rumbles|the heavens roar|electric sky",
            "wet": "the road shines with water|the pavement glistens|water standing on the ground|street reflections after a shower|shining asphalt|sprayed with a hose",
            "wind": "hair and clothes flutter|leaves fly about|branches shake|papers blow down the street|her coat flaps|trees bend|everything is blown about|hats fly off",
            "dust": "particles float in the sunbeam|dry clouds of earth|sahara air|a cloud of powder|dirt whirls up",
        },
        "size": {
            "extreme close-up": "a tiny detail fills the screen|nothing but the eyes|an eyeball as big as the screen|lips only",
            "close-up": "the face and nothing else|really near on his face|face fills everything|near enough to count freckles",
            "medium close-up": "framed at the collar|bust portrait|shoulders and head in picture",
            "medium": "from the hips up|upper body|belt line framing|torso and head|cut at the hips",
            "medium wide": "cut at the knees|from mid-thigh upward|almost the whole body",
            "wide": "we see all of her from top to toe|the whole figure in the place|show the entire space|step way back and see the set|the actor and all of the room|from hat to boots|let us see the place",
            "extreme wide": "a small person in a huge landscape|a dot in the distance|see the whole town|lost in the vast landscape|an ant in the desert|the whole city with her in it",
        },
        "angle": {
            "eye level": "camera at the same height as the face|as a person standing opposite would see her|lens and face at one height",
            "low": "looking up at a giant|shot from near the floor|towering like a giant|from a child's point of view looking up|lens on the ground|monumental, heroic from beneath",
            "high": "seen from a balcony|camera near the ceiling looking downward|from the top of the stairs|cctv|peering down on them",
            "dutch": "the world leans sideways|off-kilter|tilted like a sinking ship|everything askew",
            "overhead": "seen from the ceiling straight down|drone directly above|satellite view|helicopter shot pointing down|seen by a hovering bird",
        },
        "move": {
            "static": "nobody touches the camera|frozen frame without moving|bolted to the ground|don't touch the tripod|screwed to the floor|completely immobile",
            "push in": "float toward the face|we approach her|inch nearer|drift closer|sneak up on her|float in on the face",
            "pull out": "we leave her behind|reveal more by going backwards|retreat from her|back off slowly",
            "pan left": "swing the lens left|whirl round toward the left side|turn the view leftward",
            "pan right": "swing the lens right|turn the view rightward|look across to the right with the camera",
            "tilt up": "the lens swings up to the sky|raise the lens toward the sky",
            "tilt down": "the lens swings down to the ground|lower the lens toward her boots",
            "truck left": "move along to the left beside her|roll sideways left",
            "truck right": "move along to the right beside her|roll sideways right",
            "orbit left": "go around the actor, leftwards",
            "orbit right": "go all the way round her|the camera revolves around the actor|spin around him|whirl around the actress|walk around the figure",
            "handheld": "trembling camera like a war reporter|the camera breathes with the operator|unsteady picture|like a home video|shaky war footage|nervous, wobbling picture",
            "crane up": "go up like a lift|ascend over the scene|soar upwards|rise like a balloon",
            "crane down": "descend from the roofs to the street|float downward to the street|descend on her",
        },
        "lens": {
            "wide angle": "ultra wide glass|distorted like through a peephole|an action camera|bulging perspective|door viewer distortion|super wide glass",
            "normal": "natural perspective|as the eye sees",
            "telephoto": "shot from a great distance|spying from across the road|spy camera from a rooftop|flattened depth|sniper's view",
            "shallow focus": "creamy blurry backdrop|the background dissolves|dreamy blurred surroundings|everything behind is mush",
            "deep focus": "near and far equally crisp|no blur anywhere|every detail crisp all the way back|foreground and horizon both clear",
        },
        "expression": {
            "neutral": "a face that shows no feeling|stony face|unreadable|shows no emotion|cold and unreadable|face like a mask",
            "smile": "delighted|bursting with happiness|radiant with happiness|cracking up|pleased with herself",
            "worried": "fearful of what may come|she frowns with care|fear in her face|on edge|uncomfortable and tense face",
            "angry": "ready to hit someone|seething|he loses his temper|seeing red|fit to burst with anger|hostile stare|about to hit the table",
            "surprised": "her mouth falls open|eyes like saucers|she did not expect that|speechless with shock|can hardly believe it|eyes popping",
            "weary": "worn down after a long shift|ready to collapse|she can hardly stay awake|about to fall asleep|burnt out|she could sleep for a week",
        },
        "practical": {
            "sign": "the bar's sign is lit|illuminated shop letters|the storefront shines",
            "lamp": "a table lamp burns|the bulb over the table is on|switch the lamp on|reading lamp on|night table lamp|bulb glowing overhead",
            "street lamp": "lanterns along the road are lit",
            "headlights": "the car's beams are on|beams of a car|full beam from the car",
            "string lights": "little bulbs hung across the yard|christmas lights|garland of bulbs",
            "lit windows": "people are home across the street|lights on in the houses opposite",
        },
        "eyeline": {
            "each other": "they cannot take their eyes off each other|locked in a stare|holding each other's look",
            "camera": "straight down the barrel of the lens|talks to the viewer|she looks right at us|speaks to the viewers|stares through the screen",
            "left": "her eyes wander to the left|she turns her head left",
            "right": "she turns her head right",
            "up": "eyes on the ceiling|face raised to the stars|eyes to the clouds|searching the sky",
            "down": "he stares at his hands|eyes on the ground|eyes to the carpet|watching her hands|gaze drops to the ground",
        },
        "performance": {
            "idle": "rooted to the ground",
            "walk": "she heads for the other side",
        },
        "grade": {
            "warm": "sepia|cosy orange tint|golden tint|amber tones|toasty colours",
            "cool": "ice cold colours|steel blue palette|wintry colours|blue steel colours|frosty tones|chilly blue colours",
            "black and white": "no colour at all|like a silver print|like a silent movie|no chroma",
            "bleach bypass": "gritty, silvery and hard like a war movie",
            "teal and orange": "hollywood action movie colours|orange skin and blue-green shadows|action blockbuster look",
            "vivid": "bright bold colours|pop art colours|turn the colour up|sugary bright colours|loud colours|comic book colours",
            "muted": "pale and quiet colours|colours drained|almost colourless|like an old postcard|sun bleached palette|hardly any colour left",
        },
        "key": {
            "left": "window light from the left side|lamp to the left of her|a window on her left lights her",
            "right": "window light from the right side|lamp to the right of her|a window on her right lights her",
            "top": "a lamp hangs right over her|light falls straight down on the head|a lamp straight above",
            "below": "glow from the floor on the chin|ghost story light|flashlight held low|campfire ghost story face|fire beneath the face",
        },
    }.items()
}

# What people also write and what is done nowhere here: a clause that is most like one of these stays unread.
ELSEWHERE: tuple[str, ...] = _split(
    "sad music|a loud sound|orchestral music swells|a voice is heard|dialogue between two people|she speaks|silence"
    "loneliness|joy of life|fear|nostalgia|suspense|it feels strange|a heavy mood|hope|dreamlike"
    "she leaves the room|someone arrives|they fight|they embrace|he runs away|he falls down|she drinks a coffee"
    "something blows up|an animal walks by|he reads a book|she remembers her childhood|he tells a lie|they talk about work|a crowd gathers"
    "her friend dies|waiting for a phone call"
    "a montage|speed it up|freeze the picture|titles appear|text on the screen"
    "better quality|more realistic|make it better|more interesting|in the style of a famous director|animated cartoon"
    "random words|nonsense|a list of numbers|thank you|hello there|what do you think"
    "blood on her hands|takes her hand|her friend|the man over there|a cat|a car drives by|a bowl of fruit"
)
