using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;
using Graft.Cli.Output;

namespace Graft.Cli.CommandLine;

/// <summary>What <c>--help</c> prints: how a command is called, what its arguments and options mean, in groups where there are many, and examples.</summary>
internal sealed class Help(Terminal terminal) : SynchronousCommandLineAction
{
    // Longer lines are hard to read, and lists of names take no more than a third of them.
    private const int MostColumns = 110, MostOfNames = 32;

    /// <summary>Puts it in place of the parser's own.</summary>
    public static void AddTo(RootCommand root, Terminal terminal) => root.Options.OfType<HelpOption>().Single().Action = new Help(terminal);

    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        string path = Mistakes.PathOf(command);
        StringBuilder text = new();
        Paragraph(text, "", command.Description ?? "");
        text.AppendLine();
        Section(text, "Usage", [(Usage(command, path), "")]);
        Section(text, "Arguments", command.Arguments.Select(argument => ($"<{argument.Name}>", argument.Description ?? "")));
        Section(text, "Commands", command.Subcommands.Select(child => (Call(child), child.Description ?? "")));

        List<Option> options = [.. All(command)];
        int column = options.Max(option => Row(option).Name.Length);
        foreach ((string title, string[] names) in HelpTexts.Groups.GetValueOrDefault(path, []))
        {
            Option[] group = [.. names.Select(name => options.FirstOrDefault(option => option.Name == name)).OfType<Option>()];
            Section(text, title, group.Select(Row), column);
            options.RemoveAll(group.Contains);
        }

        Section(text, "Options", options.Select(Row), column);
        if (HelpTexts.Examples.TryGetValue(path, out string[]? examples)) Section(text, "Examples", examples.Select(example => (example, "")));
        parseResult.InvocationConfiguration.Output.Write(text.ToString());
        return ExitCode.Done;
    }

    private int Width => Math.Min(terminal.Width, MostColumns);

    private static IEnumerable<Option> All(Command command)
    {
        IEnumerable<Option> inherited = command.Parents.OfType<Command>().SelectMany(All).Where(option => option.Recursive);
        return command.Options.Concat(inherited).Where(option => !option.Hidden).Distinct().OrderBy(option => option is HelpOption or VersionOption);
    }

    private static string Usage(Command command, string path)
    {
        if (command.Subcommands.Count > 0 && command.Action is null) return $"{path} <command> ...";
        return path + string.Concat(command.Arguments.Select(argument => " " + Name(argument))) + string.Concat(command.Options.Where(option => option.Required).Select(option => $" {option.Name} {Value(option)}")) + " [options]";
    }

    private static string Call(Command command) => command.Name + string.Concat(command.Arguments.Select(argument => " " + Name(argument)));

    private static string Name(Argument argument)
    {
        string name = $"<{argument.Name}>{(argument.Arity.MaximumNumberOfValues > 1 ? "..." : "")}";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static (string Name, string Text) Row(Option option)
    {
        string letter = option.Aliases.FirstOrDefault(alias => alias.Length == 2 && alias != "-?") ?? "";
        string name = $"{(letter.Length > 0 ? $"{letter}, " : "    ")}{option.Name}{(option.ValueType == typeof(bool) || option is HelpOption or VersionOption ? "" : $" {Value(option)}")}";
        object? value = option.HasDefaultValue && option.ValueType != typeof(bool) ? option.GetDefaultValue() : null;
        string usual = value switch
        {
            null or "" => "",
            string word => $" [{word}]",
            System.Collections.IEnumerable => "",
            _ => FormattableString.Invariant($" [{value}]"),
        };
        return (name, option.Description + (option.Required ? " [required]" : usual));
    }

    private static string Value(Option option)
    {
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return $"<{option.HelpName ?? (type.IsPrimitive ? "n" : option.Name.TrimStart('-'))}>";
    }

    private void Section(StringBuilder text, string title, IEnumerable<(string Name, string Text)> rows, int column = 0)
    {
        (string Name, string Text)[] all = [.. rows];
        if (all.Length == 0) return;
        text.Append(title).AppendLine(":");
        int names = Math.Min(Math.Max(column, all.Max(row => row.Name.Length)), Math.Min(MostOfNames, Width / 2));
        foreach ((string name, string words) in all)
        {
            if (words.Length == 0)
            {
                text.Append("  ").AppendLine(name);
            }
            else if (name.Length <= names)
            {
                Paragraph(text, $"  {name.PadRight(names)}  ", words);
            }
            else
            {
                text.Append("  ").AppendLine(name);
                Paragraph(text, new string(' ', names + 4), words);
            }
        }

        text.AppendLine();
    }

    /// <summary>Words behind a start, which as many blanks stand under.</summary>
    private void Paragraph(StringBuilder text, string start, string words)
    {
        int column = start.Length;
        text.Append(start);
        foreach (string word in words.Split(' '))
        {
            if (column > start.Length && column + 1 + word.Length > Width)
            {
                text.AppendLine().Append(' ', start.Length);
                column = start.Length;
            }
            else if (column > start.Length)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.AppendLine();
    }
}
