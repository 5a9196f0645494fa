using System.CommandLine;
using System.Globalization;

namespace Graft.Cli.CommandLine;

/// <summary>Numbers with a decimal comma, which are refused: parsing would take the comma for one between thousands, and 0,5 for 5.</summary>
internal static class DecimalPoints
{
    /// <summary>Makes the options of a command that take a number, and of those below it, refuse commas.</summary>
    public static void AddTo(Command command)
    {
        foreach (Option option in command.Options.Where(option => option.ValueType == typeof(double) || option.ValueType == typeof(double?)))
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1 && result.Tokens[0].Value is { } text && text.Contains(',', StringComparison.Ordinal) && double.TryParse(text, CultureInfo.InvariantCulture, out _))
                    result.AddError($"{option.Name} takes a number with a point and without commas, such as 0.5, not '{text}'.");
            });
        }

        foreach (Command child in command.Subcommands) AddTo(child);
    }
}
