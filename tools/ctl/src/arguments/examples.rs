//! What stands below the help of commands.

pub(super) const EXAMPLES: &str = "\
Examples:
  signalbox environment add env1 --domain env1.example --smpp 192.0.2.1:2775 --sip 192.0.2.1:5060
  signalbox tariff add tata-in --env env1 --currency USD --price 1=0.01 --price 222=0.02
  signalbox carrier add TATA --env env1 --system-id tata --password-file tata.pw --tariff tata-in
  signalbox account add 1111 --env env1 --password-stdin < 1111.pw
  signalbox connection add env2 --env env1 --remote 192.0.2.2:2775 --system-id env1 \\
      --password-file env2.pw
  signalbox policy add '222%' --env env1 --via env2
  signalbox route test --env env1 --from TATA 2222
  signalbox diff
  signalbox commit -m 'env2 behind 222%'

Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 stale draft, 5 invalid, 6 denied,
7 control unreachable, 8 differs.";

pub(super) const DOCTOR_EXAMPLES: &str = "\
Examples:
  signalbox bind doctor smsc
  signalbox bind doctor TATA --env env1 --watch 10

What was seen counts from the start of the node. Exit code: 0 if all agrees, 8 if a setting would
suit the peer better or something is lost.";

pub(super) const CAPTURE_EXAMPLES: &str = "\
Examples:
  signalbox trace --number 1111 --for 30s
  signalbox capture --peer TATA --for 5m --write tata.pcapng
  signalbox capture --number '222%' --one-in 100 --for 1h --write sample.pcapng

What was under TLS is readable, passwords are not. It ends by itself; of each node the first
64 MiB are kept.";

pub(super) const SHELL_EXAMPLES: &str = "\
Examples:
  signalbox shell
  signalbox --context prod --env env1 shell
  signalbox shell < evening.txt

'use NAME' means an environment from then on, 'exit' or Ctrl-D leaves, Ctrl-C ends what is being
done. Lines with a --password in them are not remembered.";

pub(super) const COMPLETION_EXAMPLES: &str = "\
Examples:
  signalbox completions bash > /etc/bash_completion.d/signalbox
  signalbox completions zsh > /usr/share/zsh/vendor-completions/_signalbox
  signalbox completions fish > ~/.config/fish/completions/signalbox.fish";
