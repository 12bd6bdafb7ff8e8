//! Patterns as carriers have them, and numbers that ask for them; the same for the same seed.

use ::routing::Number;

/// Prefixes under two hundred country codes, the big ones with more than the small ones, and
/// operators' ranges within them.
#[derive(Debug)]
pub struct Fleet {
    /// Ascending, each once.
    pub prefixes: Vec<Number>,
    /// Numbers of 11 to 15 digits, each below some prefix.
    pub questions: Vec<Question>,
}

/// A number that is looked up, in the two forms in which tables want it.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// As an integer.
    pub number: Number,
    /// As ASCII.
    pub digits: [u8; 15],
    /// How many of `digits` there are.
    pub len: u8,
}

impl Fleet {
    /// So many prefixes and questions.
    pub fn new(prefixes: usize, questions: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let prefixes = prefixes_of(prefixes, &mut random);
        let mut ask = |_| {
            let prefix = prefixes[random.below(prefixes.len() as u64) as usize];
            Question::below(prefix, &mut random)
        };
        let questions = (0..questions).map(&mut ask).collect();
        Self { prefixes, questions }
    }

    /// Numbers as carriers have them for SMS: the second prefix is asked for half as often as the
    /// first, the third a third as often, and so on, and which one is which is chance. Of a
    /// million half of all numbers are below a thousand.
    pub fn traffic(&self, questions: usize, seed: u64) -> Vec<Number> {
        let mut random = Random(seed);
        let mut ranked = self.prefixes.clone();
        for at in (1..ranked.len()).rev() {
            ranked.swap(at, random.below(at as u64 + 1) as usize);
        }
        let most = ranked.len() as f64;
        let ask = |_| {
            let rank = (random.fraction() * most.ln()).exp() as usize - 1;
            Question::below(ranked[rank], &mut random).number
        };
        (0..questions).map(ask).collect()
    }
}

impl Question {
    /// A number that begins with a prefix.
    fn below(prefix: Number, random: &mut Random) -> Self {
        let len = (prefix.len() + random.below(4) as usize).clamp(11, 15);
        let mut digits = [b'0'; 15];
        let known = prefix.digits();
        for (at, digit) in digits[..len].iter_mut().enumerate() {
            *digit = known.get(at).copied().unwrap_or_else(|| b'0' + random.below(10) as u8);
        }
        let number = Number::parse(&digits[..len]).expect("eleven to fifteen digits are a number");
        Self { number, digits, len: len as u8 }
    }

    /// The digits.
    pub fn digits(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }
}

fn prefixes_of(count: usize, random: &mut Random) -> Vec<Number> {
    // Longer prefixes where there are many: the short ones are soon used up.
    let (most, middle) = match count {
        0..=20_000 => (10, 6.0),
        20_001..=2_000_000 => (13, 8.5),
        _ => (15, 10.5),
    };
    let countries = countries(random);
    let shares: Vec<f64> = (1..=countries.len())
        .scan(0.0, |sum, rank| {
            *sum += (rank as f64).powf(-0.8);
            Some(*sum)
        })
        .collect();
    let all = *shares.last().expect("there are two hundred countries");
    let mut prefixes = Vec::with_capacity(count + count / 8);
    while prefixes.len() < count {
        while prefixes.len() < count + count / 16 {
            let normal = (0..4).map(|_| random.fraction()).sum::<f64>() - 2.0;
            let at = random.fraction() * all;
            let country = countries[shares.partition_point(|share| *share < at)];
            let len = (middle + normal * 2.6).round().clamp(1.0, f64::from(most)) as usize;
            prefixes.push(extended(country, len, random));
        }
        prefixes.sort_unstable();
        prefixes.dedup();
    }
    while prefixes.len() > count {
        let surplus = random.below(prefixes.len() as u64) as usize;
        prefixes.swap_remove(surplus);
    }
    prefixes.sort_unstable();
    prefixes
}

fn countries(random: &mut Random) -> Vec<u64> {
    let mut countries = vec![11, 17];
    while countries.len() < 220 {
        let lead = if random.below(4) == 0 { 100 } else { 1000 };
        let country = lead + lead / 10 * 2 + random.below(lead / 10 * 8);
        if !countries.contains(&country) {
            countries.push(country);
        }
    }
    countries
}

/// A country's code with digits behind it: the first two tell operators apart, and some
/// operators are larger than others.
fn extended(country: u64, len: usize, random: &mut Random) -> Number {
    let own = country.ilog10() as usize;
    let packed = (own..len).fold(country, |packed, at| {
        let digit = match at - own {
            0 | 1 => (random.fraction() * random.fraction() * 10.0) as u64,
            _ => random.below(10),
        };
        packed * 10 + digit
    });
    Number::from_packed(packed).expect("a one and at most fifteen digits are a number")
}

/// SplitMix64: numbers that look random, the same for the same seed.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Any integer.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// Below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(limit)) >> 64) as u64
    }

    /// Between 0 and 1.
    pub fn fraction(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }
}
