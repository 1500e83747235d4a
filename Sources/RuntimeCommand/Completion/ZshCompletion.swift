/// For zsh: `_arguments` for the flags before the verb, then again for those of the verb.
enum ZshCompletion {
  static var script: String {
    let verbs = Ward.verbs.map(\.syntax)
    let names = (verbs.map { ($0.name, $0.summary) } + [("help", "prints what ward or a command does")])
      .map { "    " + "\($0.0):\($0.1)".shellQuoted + "\n" }.joined()
    var text = """
      #compdef ward
      # zsh completion for ward
      _ward_containers() {
        local -a ids root
        [[ -z ${opt_args[--root]:-} ]] || root=(--root "${opt_args[--root]}")
        ids=(${(f)"$(ward $root list --quiet 2>/dev/null)"})
        compadd -a ids
      }
      _ward_verbs() {
        local -a verbs=(
      \(names)  )
        _describe command verbs
      }
      _ward() {
        local context state state_descr line
        typeset -A opt_args
        _arguments -C \(specifications(GlobalOptions.syntax))'1:command:_ward_verbs' '*::argument:->verb'
        [[ $state == verb ]] || return
        case $words[1] in
          help) _arguments '1:command:_ward_verbs' ;;

      """
    for syntax in verbs {
      let operand = Completion(operandOf: syntax)
      text += "    \(syntax.name)) _arguments -s \(specifications(syntax))'1:operand:\(action(operand))' ;;\n"
    }
    return text + "  esac\n}\nif [[ $funcstack[1] == _ward ]]; then _ward \"$@\"; else compdef _ward ward; fi\n"
  }

  private static func specifications(_ syntax: Syntax) -> String {
    syntax.flags.flatMap { flag in
      flag.forms.map { form in
        // A flag that may stand several times is one too many for nobody.
        let value = Completion(flag).map { ":\(escaped(flag.value ?? "")):\(action($0))" } ?? ""
        let sign = flag.value != nil && form.hasPrefix("--") ? "=" : ""
        return "*\(form)\(sign)[\(escaped(flag.help))]\(value)".shellQuoted + " "
      }
    }.joined()
  }

  private static func action(_ completion: Completion) -> String {
    switch completion {
    case .nothing: " "
    case .words(let words): "(\(words.joined(separator: " ")))"
    case .files: "_files"
    case .directories: "_files -/"
    case .containers: "_ward_containers"
    }
  }

  /// Brackets and colons end a part of a specification.
  private static func escaped(_ text: String) -> String {
    text.map { "[]:\\".contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}
