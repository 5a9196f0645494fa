using System.CommandLine;
using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>The options that say how a table is to be read, where its cells do not tell.</summary>
internal sealed class TableArguments
{
    private readonly Option<string?> time = new("--time") { Description = "The column of times; found if not said. 'none' takes rows as they come." };
    private readonly Option<DateOrder?> dates = new("--dates") { Description = "The order of dates like 01/02/2024 or 01-02-24, where no row tells: dmy, mdy or ymd." };
    private readonly Option<string?> mark = new("--decimal") { Description = "The decimal mark, . or , where numbers like 1,234 do not tell." };

    public TableArguments() => mark.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && result.Tokens[0].Value is not ("." or ",")) result.AddError($"--decimal takes . or , and not '{result.Tokens[0].Value}'.");
    });

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Add(time);
        command.Add(dates);
        command.Add(mark);
    }

    /// <summary>What was said.</summary>
    public TableOptions Of(ParseResult parsed) => new() { Time = parsed.GetValue(time), Dates = parsed.GetValue(dates), Decimal = parsed.GetValue(mark)?[0] };
}
