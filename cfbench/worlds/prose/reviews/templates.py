"""The sentences of reviews.

``{+kind}`` is a word of a kind of sentiment on the side of the review's label, ``{-kind}`` one on the other side, where
a sentence turns or denies it. All other slots are filled alike in a review and its edit.
"""

from __future__ import annotations

from cfbench.worlds.prose.grammar import entries

OPENINGS = (
    "I saw this {genre} {occasion}.",
    "{occasion} we watched {title}, a {genre} by {director}.",
    "{title} is a {genre} that {director} made with {actor}.",
    "My {relative} wanted to see a {genre}, so we picked {title}.",
    "This is a {genre}, and I have seen a lot of them.",
    "I rented {title} {occasion}.",
    "{director} calls {title} a {genre}.",
    "{title} came with the reputation of being a typical {genre}.",
    "If you look for a {genre}, you will come across {title} sooner or later.",
    "{occasion} my {relative} put on {title}.",
    "Here is another {genre} with {actor} as a {person}.",
    "I had read about this {genre} before I saw it {occasion}.",
    "With {title}, {director} has made a {genre} once more.",
    "{title} runs for {minutes} minutes and is sold as a {genre}.",
    "{actor} in a {genre}: I was curious.",
    "a {genre} again, this time by {director}.",
)
PLOTS = (
    "A {who} {person} is played by {actor}, a {person} by {second}.",
    "Much of it takes place in a {room}.",
    "{actor} plays a {who} {person}.",
    "It all turns around a {object} and a {room}.",
    "The story begins in a {room} and ends in a {room}.",
    "{second} plays a {person} who owns a {object}.",
    "For {minutes} minutes we follow a {person}, a {person} and a {object}.",
    "At first there is only a {person}; later a {who} {person} joins in.",
    "A {person} has lost a {object}, and a {person} knows where it is.",
    "Somebody leaves a {object} in the {room}, and a {who} {person} picks it up.",
    "In the {room}, a {person} tells a {person} about the {object}.",
    "A {who} {person} and a {who} {person} share a {room}.",
    "There is also a {person} who never lets go of a {object}.",
    "The {room} is closed, and a {person} moves away.",
    "A {person} writes to a {person} and gets no answer.",
    "By chance a {who} {person} sits down beside a {person} in the {room}.",
)
FACTS = (
    "{director} also wrote the script.",
    "{director} and {actor} had worked together before.",
    "It was filmed in {weeks} weeks.",
    "I saw it with my {relative}.",
    "The film runs for {minutes} minutes.",
    "It is the {number} film by {director}.",
    "There were {people} people in the cinema.",
    "The credits say that it took {weeks} weeks to shoot.",
    "{second} has the second part.",
    "I knew {actor} from television only.",
    "The poster shows a {person} and a {object}.",
    "My {relative} had seen it before.",
    "I have not read anything else about it.",
    "The music is by {second}.",
    "We sat in the {number} row.",
    "It is set in the {decade}s.",
    "{actor} was {age} when it was made.",
    "The version that I saw was {minutes} minutes long.",
)
REMARKS = (
    "The {aspect} is {+adj}.",
    "The {aspect} is {+adj} and the {aspect} is {+adj}.",
    "The {aspect} may be {-adj}, but the {aspect} is {+adj}.",
    "I found the {aspect} {+adj}.",
    "{actor} is {+adj} in the main part.",
    "{actor} plays the {person} {+adv}.",
    "As the {person}, {actor} is {+adj} from the first scene to the last.",
    "{director} has directed it {+adv}.",
    "Not once is the {aspect} {-adj}.",
    "There is nothing {-adj} about the {aspect}.",
    "Some call the {aspect} {-adj}; to me it was {+adj}.",
    "The {aspect} {+verb}.",
    "Every moment with {actor} {+verb}.",
    "It is {+adv} acted and {+adv} filmed.",
    "The {aspect} could hardly be more {+adj}.",
    "The {scene} is {+adj}.",
    "I keep thinking of the {scene}, which was {+adj}.",
    "After a {-adj} start, the {aspect} becomes {+adj}.",
    "The {aspect} {+verb}, and so does the {aspect}.",
    "Even the smaller parts are {+adv} cast.",
    "The {scene} alone is a {+noun}.",
    "{second} gives a {+adj} performance.",
    "The {person} of {second} is a {+adj} figure.",
    "I did not find the {aspect} {-adj} at all.",
    "You would expect {-adj} {mass} here; what you get is {+adj} {mass}.",
    "Where others are {-adj}, this one is {+adj}.",
    "The {object} is {+adv} used.",
    "The {aspect} strikes me as {+adj}, less so the {aspect}.",
    "The {scene} {+verb}.",
    "{director} handles the {scene} {+adv}.",
    "Nobody can say that the {aspect} is {-adj}.",
    "In the {scene} the film {+verb} for the first time.",
    "The lines of the {person} are {+adj}.",
    "Only the {aspect} is {-adj}; everything else {+verb}.",
    "The {aspect}, so {-adj} in earlier films by {director}, is {+adj} here.",
    "It has {+adj} {mass} and a {+adj} villain.",
    "The way {actor} holds the {object} is {+adj}.",
    "Such {+adj} {mass} is rare.",
    "The {aspect} {+verb} in the {scene}.",
    "How {+adj} the {aspect} is!",
    "The {aspect} is far from {-adj}.",
    "The {aspect} is never {-adj} and never {-adj}.",
    "Hardly a moment of it is {-adj}.",
    "How anyone can call the {aspect} {-adj} is beyond me.",
    "The {aspect} could not be less {-adj}.",
    "The earlier films by {director} were {-adj}, but this one {+verb}.",
    "On paper the {scene} sounds {-adj}; on the screen it {+verb}.",
    "Call the {aspect} what you like, but not {-adj}.",
    "Where the last film with {actor} {-verb}, this one {+verb}.",
    "If the {aspect} is {-adj}, then I have never seen a {+adj} one.",
    "{actor}, usually so {-adj}, is {+adj} this time.",
)
OPINIONS = (
    "It is a {+noun}.",
    "What a {+noun}!",
    "I {+liked} it.",
    "I {+liked} every minute of it.",
    "I was {+felt} from start to finish.",
    "I expected a {-noun} and got a {+noun}.",
    "I never felt {-felt}.",
    "The whole thing {+verb}.",
    "My {relative} was {+felt} too.",
    "It is anything but {-adj}.",
    "People told me that it was {-adj}, and they were wrong.",
    "The papers called it a {-noun}, which I cannot understand.",
    "By the end I was {+felt}.",
    "My {relative} {+liked} it as well.",
    "I came in {-felt} and went home {+felt}.",
    "For me it {+verb}.",
    "It could have been a {-noun}, but it is a {+noun}.",
    "I {+liked} the {aspect} and I {+liked} the {aspect}.",
    "Call it a {+noun}.",
    "I have seldom been so {+felt}.",
    "After an hour I was {+felt}.",
    "It looked {-adj} on the poster and turned out {+adj}.",
    "The story {+verb}.",
    "I was not {-felt} for a second.",
    "Others may be {-felt} by it; I was {+felt}.",
    "Nothing in it is {-adj}.",
    "In a word: {+adj}.",
    "I would call it {+adj} rather than {-adj}.",
    "The rest of the audience looked {-felt}; I was not.",
    "I did not for a moment think it {-adj}.",
    "You cannot call it a {-noun}.",
    "A {-noun}? Far from it.",
    "I wanted to be {-felt}, and I could not be.",
)
CLOSINGS = (
    "In short, {+advice}.",
    "{+advice}.",
    "I give it {+stars} out of ten.",
    "My verdict: {+advice}.",
    "{+stars} out of ten.",
    "All in all, a {+noun}.",
    "My {relative} says {+stars} out of ten, and I agree.",
    "So {+advice}.",
    "{+stars} stars out of ten, and {+advice}.",
    "To sum up, it {+verb}.",
    "Overall I {+liked} it.",
    "There is only one thing to say: {+advice}.",
    "As I said to my {relative}: {+advice}.",
    "Whatever the papers say, {+advice}.",
    "My {relative} says {-stars} out of ten; I say {+stars}.",
    "Some will tell you: {-advice}. Do not listen to them.",
    "Ignore those who give it {-stars} out of ten.",
    "No, it is not a {-noun}; {+advice}.",
    "Not {-stars} out of ten, as some have it, but {+stars}.",
)

PEOPLE = entries(
    "teacher; waiter; baker; taxi driver; postman; student; banker; twin; lawyer; gardener; novelist; "
    "plumber; librarian; dentist; hairdresser; clerk; butcher; journalist; landlady; sailor; cook; "
    "carpenter; salesman; interpreter"
)
ROOMS = entries(
    "kitchen; hotel room; train compartment; office; bakery; staircase; hospital ward; garage; hallway; "
    "market; bank; library; laundry; barber shop; courtyard; waiting room; backyard"
)
OBJECTS = entries(
    "suitcase; photograph; envelope; bicycle; telephone; wallet; piano; necklace; typewriter; parcel; "
    "radio; ladder; camera; chess set; raincoat; newspaper; teapot; postcard"
)
ASPECTS = entries(
    "acting; script; photography; music; editing; dialogue; ending; pacing; direction; lighting; opening; "
    "finale; casting; sound; storytelling; staging; plot; screenplay; soundtrack; design"
)
MASS = entries(
    "acting; photography; music; editing; dialogue; humour; suspense; storytelling; camerawork; drama"
)
SURNAMES = entries(
    "Abbott; Alvarez; Andersen; Bellamy; Bianchi; Brandt; Carver; Castell; Chen; Corbin; Dalton; Dubois; "
    "Egan; Farrow; Fischer; Garland; Grant; Hale; Hayashi; Hollis; Ibarra; Jansen; Keller; Kovacs; Lang; "
    "Larkin; Laurent; Lindqvist; Marsh; Mercer; Moreau; Nakamura; Novak; Okafor; Osborne; Palmer; Petrov; "
    "Quinn; Ramsey; Rossi; Sato; Sinclair; Sorensen; Tanner; Torres; Ulrich; Vance; Varga; Weller; "
    "Whitlock; Yates; Zimmer"
)
RELATIVES = entries(
    "sister; brother; father; mother; aunt; uncle; cousin; neighbour; flatmate; wife; husband; friend"
)
OCCASIONS = entries(
    "last night; on Sunday; over the holidays; on a long flight; last week; at a friend's house; on a "
    "rainy afternoon; in a small cinema; yesterday; after work; on television; two years ago; on a "
    "borrowed disc; with half the office"
)
TITLES = entries(
    "The {word} and the {word}; The Last {word}; {word} Street; Under the {word}; The {word} Road; Seven "
    "{word}s; No {word} Tomorrow; The House of {word}s; Beyond the {word}; The Quiet {word}; One More "
    "{word}; {word} and {word}"
)
TITLE_WORDS = entries(
    "River; Stone; Harbour; Winter; Bell; Orchard; Mirror; Signal; Lantern; Bridge; Garden; Tower; "
    "Letter; Window; Summer; Road; Feather; Compass; Anchor; Thread; Island; Clock; Shadow; Ribbon"
)
