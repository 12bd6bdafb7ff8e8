use super::*;

#[test]
fn words_come_back() {
    fn all<T: Words + fmt::Debug>() {
        for (word, value) in T::WORDS {
            assert_eq!(Word::<T>::parse(word), Ok(Word(*value)));
            assert_eq!(Word(*value).to_string(), *word);
        }
    }
    all::<DefaultAlphabet>();
    all::<IdForm>();
    all::<ReceiptForm>();
    all::<AckLevel>();
    all::<Unknown>();
    all::<Meaning>();
    all::<BindKind>();
}

#[test]
fn a_strange_word_is_answered_with_the_nearest() {
    assert_eq!(
        Word::<AckLevel>::parse("durabel").unwrap_err(),
        "'durabel' is no ack level; did you mean durable? (durable, delivered, memory)"
    );
    assert_eq!(
        Word::<IdForm>::parse("roman").unwrap_err(),
        "'roman' is no form of message ids; there are auto, text, hex, decimal, \
         hex-then-decimal, short"
    );
}
