/// For bash: one function, which finds the verb and then offers its flags, their values or the containers.
enum BashCompletion {
  static var script: String {
    let global = GlobalOptions.syntax
    let verbs = Ward.verbs.map(\.syntax)
    var text = """
      # bash completion for ward
      _ward() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb='' index
        local -a root=()
        COMPREPLY=()
        # Bash takes --name=value for three words.
        if [[ $current == = ]]; then current=''; elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi
        for ((index = 1; index < COMP_CWORD; index++)); do
          case ${COMP_WORDS[index]} in
            --root)
              [[ ${COMP_WORDS[index + 1]} != = ]] || ((index++))
              root=(--root "${COMP_WORDS[++index]}") ;;
            \(global.flags.filter { $0.value != nil && $0.name != "root" }.flatMap(\.forms).joined(separator: "|")))
              [[ ${COMP_WORDS[index + 1]} != = ]] || ((index++))
              ((index++)) ;;
            -*) ;;
            *)
              verb=${COMP_WORDS[index]}
              break ;;
          esac
        done
        case $verb,$previous in

      """
    for syntax in [global] + verbs {
      let verb = syntax.name == global.name ? "" : syntax.name
      for flag in syntax.flags {
        guard let value = Completion(flag) else { continue }
        let pattern = flag.forms.map { "\(verb),\($0)" }.joined(separator: " | ")
        text += "    \(pattern)) \(offer(value)) ; return ;;\n"
      }
    }
    text += "  esac\n  case $verb,$current in\n"
    text += "    ,-*) \(offer(.words(global.flags.map { "--\($0.name)" }))) ;;\n"
    text += "    ,*) \(offer(.words(verbs.map(\.name) + ["help"]))) ;;\n"
    text += "    help,*) \(offer(.words(verbs.map(\.name)))) ;;\n"
    for syntax in verbs {
      text += "    \(syntax.name),-*) \(offer(.words(syntax.flags.map { "--\($0.name)" }))) ;;\n"
      text += "    \(syntax.name),*) \(offer(Completion(operandOf: syntax))) ;;\n"
    }
    return text + "  esac\n}\ncomplete -o filenames -F _ward ward\n"
  }

  private static func offer(_ completion: Completion) -> String {
    func reply(_ option: String) -> String { "mapfile -t COMPREPLY < <(compgen \(option) -- \"$current\")" }
    return switch completion {
    case .nothing: ":"
    case .words(let words): reply("-W '\(words.joined(separator: " "))'")
    case .files: reply("-f")
    case .directories: reply("-d")
    case .containers: reply("-W \"$(ward \"${root[@]}\" list --quiet 2>/dev/null)\"")
    }
  }
}
