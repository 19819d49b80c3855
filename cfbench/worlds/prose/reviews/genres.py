"""Genres: words that have nothing to do with how good a film is, and yet go with a sentiment in the originals."""

from __future__ import annotations

from dataclasses import dataclass

from cfbench.worlds.prose.grammar import entries


@dataclass(frozen=True)
class Genre:
    """A kind of film. Plots name a hero, another person, a place and a thing; scenes a place and a thing."""

    names: tuple[str, ...]
    heroes: tuple[str, ...]
    others: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    plots: tuple[str, ...]
    scenes: tuple[str, ...]


HORROR = Genre(
    entries("horror film; chiller; ghost story; haunted-house picture; creature feature"),
    entries("babysitter; caretaker; medium; gravedigger; night nurse; priest"),
    entries("ghost; demon; vampire; butcher in a mask; werewolf; possessed child"),
    entries("cellar; graveyard; abandoned asylum; attic; crypt; foggy wood; motel by the swamp"),
    entries("coffin; axe; ouija board; bloody doll; severed hand; black candle; cursed mirror"),
    entries(
        "The {who} {hero} spends a night in the {place}, where the {other} is waiting;"
        "When the {hero} opens the {thing}, the {other} wakes and the killings begin;"
        "A family moves in above the {place} and finds the {thing} behind a wall;"
        "The {other} creeps out of the {place} and stalks the {hero} until midnight;"
        "Teenagers dare each other to enter the {place}, and one by one they meet the {other};"
        "There is much blood, a good deal of screaming, and the {thing} turns up again and again"
    ),
    entries(
        "scene with the {thing} in the {place}; chase through the {place}; seance; shot of the {other} at the window;"
        "killing in the {place}"
    ),
)
INVASION = Genre(
    entries("science-fiction film; space adventure; alien invasion picture; robot film; time-travel yarn"),
    entries("pilot; astronaut; engineer; space cadet; android; professor"),
    entries("alien; robot; mutant; emperor of the galaxy; clone; computer with a will of its own"),
    entries("space station; laboratory; crater; moon base; engine room; airlock; space colony"),
    entries("laser gun; meteor; time machine; hologram; flying saucer; reactor; antidote"),
    entries(
        "The {who} {hero} wakes in a {place} and learns that the {other} has taken the crew;"
        "A {thing} crashes near the {place}, and out of it climbs the {other};"
        "To save the earth, the {hero} must carry the {thing} back to the {place};"
        "The {other} wants the {thing}, and only the {hero} knows where it is;"
        "In the year 2190 a {hero} and a {other} share the last {place};"
        "The fleet is lost, the {place} is burning, and the {hero} has one {thing} left"
    ),
    entries(
        "battle above the {place}; landing of the {thing}; duel between the {hero} and the {other};"
        "walk across the {place}; countdown in the {place}"
    ),
)
ACTION = Genre(
    entries("action film; car-chase picture; martial-arts film; heist film; spy film"),
    entries("bodyguard; agent; mercenary; bounty hunter; safecracker; kickboxer"),
    entries("arms dealer; drug lord; assassin; crooked senator; hitman; gang boss"),
    entries("warehouse; casino; hangar; skyscraper; vault; oil rig; underground garage"),
    entries("briefcase; bomb; helicopter; machine gun; stolen diamond; speedboat; detonator"),
    entries(
        "The {who} {hero} has one night to get the {thing} out of the {place};"
        "The {other} kidnaps a daughter, and the {hero} drives straight into the {place};"
        "Somebody has wired the {place}, and the {hero} has ninety seconds;"
        "A {hero} comes out of retirement when the {other} steals the {thing};"
        "Cars explode, the {thing} changes hands, and everybody shoots at everybody in the {place};"
        "The {hero} trusts the {other} once too often and ends up on the roof of the {place}"
    ),
    entries(
        "shoot-out in the {place}; chase with the {thing}; fist fight in the {place}; jump from the {place};"
        "explosion of the {thing}"
    ),
)
TEENS = Genre(
    entries("teen comedy; high-school comedy; spring-break comedy; slapstick film; road-trip comedy"),
    entries("cheerleader; nerd; quarterback; pizza boy; exchange student; prom queen"),
    entries("headmaster; rich kid; football coach; stepbrother; bully; dean"),
    entries("locker room; cafeteria; dormitory; swimming pool; mall; school bus; frat house"),
    entries("prom dress; whoopee cushion; fake passport; keg of beer; mascot costume; skateboard; pie"),
    entries(
        "The {who} {hero} bets the {other} that the whole class will come to the {place};"
        "A {hero} loses the {thing} on the way to the prom and has to hide in the {place};"
        "Three friends want a date before graduation, and the {other} wants them out of the {place};"
        "The {other} finds the {thing} in the {place}, and the {hero} takes the blame;"
        "There is a party in the {place}, a food fight, and a joke about the {thing};"
        "A {hero} swaps bodies with the {other} the week before the exams"
    ),
    entries(
        "food fight in the {place}; party in the {place}; gag with the {thing}; speech of the {other};"
        "dance in the {place}"
    ),
)
ROMANCE = Genre(
    entries("romance; love story; period romance; costume drama; romantic drama"),
    entries("governess; pianist; widow; poet; dressmaker; lieutenant"),
    entries("count; violinist; lighthouse keeper; young doctor; cousin from Vienna; painter"),
    entries("ballroom; rose garden; railway station; opera house; lakeside villa; vineyard; tea room"),
    entries("love letter; wedding ring; silk scarf; waltz; locket; bouquet; umbrella"),
    entries(
        "The {who} {hero} meets the {other} in the {place}, and neither of them forgets it;"
        "A {thing} that was sent to the wrong address brings the {hero} to the {place};"
        "The {hero} is engaged to somebody else when the {other} walks into the {place};"
        "For forty years the {hero} keeps the {thing} that the {other} left in the {place};"
        "They dance once in the {place}, and then the train takes the {other} away;"
        "Between the {hero} and the {other} stand two families and a {thing}"
    ),
    entries(
        "kiss in the {place}; farewell at the {place}; dance in the {place}; reading of the {thing};"
        "walk through the {place}"
    ),
)
DOCUMENTARY = Genre(
    entries("documentary; nature documentary; portrait of a village; music documentary; film essay"),
    entries("beekeeper; fisherman; cellist; midwife; glacier guide; puppet maker"),
    entries("biologist; neighbour; archivist; former pupil; choir master; local historian"),
    entries("fishing village; rainforest; archive; monastery; rehearsal room; valley; mountain hut"),
    entries("interview; home movie; notebook; old photograph; field recording; map; newsreel"),
    entries(
        "For a year the camera follows a {who} {hero} from a {place};"
        "The {hero} and the {other} talk about the winter when the {place} was cut off;"
        "A {thing} from 1938 leads the {other} back to the {place};"
        "We see the {hero} at work in the {place}, and hear the {other} off screen;"
        "A {thing} found in the {place} is all that is left of the {hero};"
        "The {other} explains what the {thing} tells about the people of the {place}"
    ),
    entries(
        "{thing} with the {hero}; morning in the {place}; long shot of the {place}; harvest;"
        "conversation between the {hero} and the {other}"
    ),
)
WAR = Genre(
    entries("war drama; historical epic; resistance drama; courtroom drama; biographical film"),
    entries("nurse; field surgeon; radio operator; partisan; barrister; conscript"),
    entries("general; interpreter; prisoner; judge; refugee; old sergeant"),
    entries("trench; field hospital; courtroom; border village; cathedral; prison camp; ministry"),
    entries("telegram; medal; diary; uniform; verdict; flag; forged permit"),
    entries(
        "The {who} {hero} hides a {other} in the {place} while the front comes nearer;"
        "A {thing} proves that the {other} lied, and the {hero} must decide whether to speak;"
        "In the winter of 1944 a {hero} and a {other} meet in a {place};"
        "The {hero} carries the {thing} across the lines to the {place};"
        "Twenty years after the armistice the {other} finds the {hero} in a {place};"
        "The trial of the {other} begins, and the {thing} is missing"
    ),
    entries(
        "hearing in the {place}; night in the {place}; reading of the {thing}; retreat to the {place};"
        "meeting of the {hero} and the {other}"
    ),
)
FAMILY = Genre(
    entries("fairy tale; animated film; family film; musical; fable"),
    entries("orphan; clockmaker; princess; lamplighter; circus girl; shepherd"),
    entries("talking fox; giant; grandmother; toy soldier; wizard; dragon"),
    entries("castle; toyshop; meadow; circus tent; snowy village; windmill; treehouse"),
    entries("lantern; music box; kite; magic slipper; carousel; snow globe; golden key"),
    entries(
        "The {who} {hero} finds a {thing} in the {place} and can suddenly talk to the {other};"
        "The {other} has stolen the {thing}, and the {hero} walks to the {place} to get it back;"
        "Every night the {thing} opens a door between the {place} and the land of the {other};"
        "The {hero} sings, the {other} dances, and the whole {place} joins in;"
        "A {hero} and a {other} build a {thing} out of what they find in the {place};"
        "To break the spell, the {hero} must bring the {thing} to the {place} before spring"
    ),
    entries(
        "song in the {place}; flight over the {place}; dance with the {other}; first snow over the {place};"
        "meeting with the {other}"
    ),
)

GENRES = ((HORROR, INVASION, ACTION, TEENS), (ROMANCE, DOCUMENTARY, WAR, FAMILY))
"""Those that lean towards negative reviews, and those that lean towards positive ones."""

BACKGROUND = (
    entries(
        "It is the third part of a series; It went straight to video; I saw it in 3D; There is a video game of it too;"
        "It was shot back to back with its own sequel; My copy came free with a magazine;"
        "A television channel showed it after midnight; The trailer ran before every other film that summer;"
        "It was released on a Friday the thirteenth; There was product placement for a brand of soda;"
        "It is a remake of a film from the eighties; A former wrestler has a small part"
    ),
    entries(
        "It is based on a novel; It was shown with subtitles; It is in black and white; A string quartet plays the score;"
        "It ran at a festival in the autumn; The library had it on an old reel; It was filmed on location in Portugal;"
        "A stage actor from Dublin has a small part; My grandmother saw it when it was first released;"
        "The script began as a radio play; A museum shows it every winter; It was restored last year"
    ),
)
"""Facts about a film that lean the same way, more weakly."""
