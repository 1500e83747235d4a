// RuntimeCommand
