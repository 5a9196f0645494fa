using System.CommandLine;
using Graft.Cli.CommandLine;
using Graft.Cli.Output;

namespace Graft.Cli.Tests;

/// <summary>The command line: mistakes, letters, help, patterns.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-command-line-").FullName;

    public static TheoryData<string> Commands => [.. All(Root()).Select(Mistakes.PathOf)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("trian", "There is no command 'graft trian'. Did you mean 'train'?", "graft")]
    [InlineData("inspct m.graft", "There is no command 'graft inspct'. Did you mean 'inspect'?", "graft")]
    [InlineData("eval m.graft x", "There is no command 'graft eval'. Did you mean 'evaluate'?", "graft")]
    [InlineData("frobnicate", "There is no command 'graft frobnicate'.", "graft")]
    [InlineData("runs shwo 1", "There is no command 'graft runs shwo'. Did you mean 'show'?", "graft runs")]
    [InlineData("style", "'graft style' takes a command: train, apply.", "graft style")]
    [InlineData("train x --epoch 5", "There is no option '--epoch' for 'graft train'. Did you mean '--epochs'?", "graft train")]
    [InlineData("train --epoch 5 x", "There is no option '--epoch' for 'graft train'. Did you mean '--epochs'?", "graft train")]
    [InlineData("train x --epoch=5", "There is no option '--epoch' for 'graft train'. Did you mean '--epochs'?", "graft train")]
    [InlineData("train x --out --epoch 5", "There is no option '--epoch' for 'graft train'. Did you mean '--epochs'?", "graft train")]
    [InlineData("train x --aug none", "There is no option '--aug' for 'graft train'. Did you mean '--augment'?", "graft train")]
    [InlineData("predict m.graft a.jpg --tpo 2", "There is no option '--tpo' for 'graft predict'. Did you mean '--top'?", "graft predict")]
    [InlineData("runs show 1 --jsno", "There is no option '--jsno' for 'graft runs show'. Did you mean '--json'?", "graft runs show")]
    [InlineData("train x --wombat 5", "There is no option '--wombat' for 'graft train'.", "graft train")]
    [InlineData("inspect m.graft other", "'other' is one word too many for 'graft inspect'.", "graft inspect")]
    public async Task NearNamesAreSuggested(string line, string message, string command)
    {
        Outcome run = await Tool.Run(line.Split(' '));
        Assert.Equal((2, "", $"error: {message}\nSee '{command} --help'.\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task AFileMayBeNamedLikeAnOption()
    {
        Outcome negative = await Tool.Run("train", "x", "--seed", "-1"), file = await Tool.Run("inspect", "--", "--model.graft");
        Assert.Contains("-1", negative.Error);
        Assert.DoesNotContain("There is no option", negative.Error + file.Error);
        Assert.Contains("There is no file '--model.graft'.", file.Error);
    }

    [Fact]
    public void ADecimalCommaIsRefusedEverywhere()
    {
        int options = 0;
        foreach (Command command in All(Root()))
        {
            foreach (Option option in command.Options.Where(option => (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) == typeof(double)))
            {
                options++;
                string[] words = [.. Mistakes.PathOf(command).Split(' ').Skip(1), option.Name];
                Assert.Contains($"{option.Name} takes a number with a point and without commas, such as 0.5, not '0,5'.", Mistakes.In(Root().Parse([.. words, "0,5"])));
                Assert.Single(Mistakes.In(Root().Parse([.. words, "1,000"])), mistake => mistake.StartsWith(option.Name, StringComparison.Ordinal));
                Assert.DoesNotContain(Mistakes.In(Root().Parse([.. words, "0.5"])), mistake => mistake.Contains("commas", StringComparison.Ordinal));
            }
        }

        Assert.True(options > 15);
        Assert.Contains("--lr takes a number above 0 or auto, not '0,001'.", Mistakes.In(Root().Parse(["train", "images", "--lr", "0,001"])));
    }

    [Fact]
    public async Task WhatBelongsToALongNameStandsUnderTheOthers()
    {
        string[] lines = (await Tool.Run("quantize", "--help")).Output.Split('\n');
        int name = Array.FindIndex(lines, line => line.Contains("--float-layers <float-layers>", StringComparison.Ordinal));
        string another = lines.Single(line => line.Contains("--no-correct ", StringComparison.Ordinal));
        Assert.Equal(another.IndexOf("Do not", StringComparison.Ordinal), lines[name + 1].Length - lines[name + 1].TrimStart().Length);
    }

    [Fact]
    public void ALetterMeansTheSameEverywhere()
    {
        foreach (Command command in All(Root()))
        {
            foreach (Option option in command.Options.Where(option => option.Name is not ("--help" or "--version")))
                Assert.Equal(ShortOptions.Letters.TryGetValue(option.Name, out string? letter) ? [letter] : [], option.Aliases);
        }

        Assert.Equal(ShortOptions.Letters.Count, ShortOptions.Letters.Values.Distinct().Count());
        Assert.All(ShortOptions.Letters, pair => Assert.Equal(pair.Key, ShortOptions.NameOf(pair.Value)));
        Assert.Equal("--lr", ShortOptions.NameOf("--lr"));
    }

    [Fact]
    public async Task LettersWork()
    {
        string output = Path.Combine(folder, "s.csv");
        Assert.Equal(0, (await Tool.Run("sample", "series", "--steps", "9", "-s", "3", "-o", output)).ExitCode);
        Assert.Equal(10, File.ReadAllLines(output).Length);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task HelpHasEveryOptionAndExamplesThatCanBeTyped(string path)
    {
        string[] words = [.. path.Split(' ').Skip(1)];
        Outcome help = await Tool.Run([.. words, "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Command command = All(Root()).Single(c => Mistakes.PathOf(c) == path);
        Assert.All(command.Options.Where(option => !option.Hidden), option => Assert.Matches($@"(^|\s){option.Name}(\s|$)", help.Output));
        Assert.All(command.Arguments, argument => Assert.Contains($"  <{argument.Name}>", help.Output));
        Assert.All(help.Output.Split('\n'), line => Assert.True(line.Length <= 110 || line.StartsWith("  graft "), line));

        Assert.True(HelpTexts.Examples.ContainsKey(path), $"'{path}' has no example: add one to {nameof(HelpTexts)}.{nameof(HelpTexts.Examples)}.");
        foreach (string example in HelpTexts.Examples[path])
        {
            Assert.Contains($"  {example}\n", help.Output);
            Assert.Empty(Mistakes.In(Root().Parse([.. example.Split(' ').Skip(1)])));
        }
    }

    [Fact]
    public async Task OptionsStandInGroups()
    {
        foreach ((string path, (string Title, string[] Options)[] groups) in HelpTexts.Groups)
        {
            Command command = All(Root()).Single(c => Mistakes.PathOf(c) == path);
            string[] grouped = [.. groups.SelectMany(group => group.Options)];
            Assert.Equal(grouped.Length, grouped.Distinct().Count());
            foreach (Option option in command.Options.Where(option => option.Name != "--help"))
                Assert.True(grouped.Contains(option.Name), $"'{option.Name}' of '{path}' stands in no group: add it to {nameof(HelpTexts)}.{nameof(HelpTexts.Groups)}.");
            Assert.Empty(grouped.Except(command.Options.Select(option => option.Name)));
        }

        string help = (await Tool.Run("train", "--help")).Output;
        Assert.Contains("Learning:\n  -e, --epochs <n>", help);
        Assert.StartsWith("Trains a classifier on a folder of images with a folder for each class.\n\nUsage:\n  graft train [<images>] [options]\n\nArguments:\n  <images>  ", help);
    }

    [Fact]
    public void PatternsAreExpandedWhereNoShellDoesIt()
    {
        foreach (string file in (string[])["b.jpg", "a.jpg", "c.png", ".hidden.jpg", "a*.jpg", "deep/d.jpg", "deep/er/e.jpg", ".git/f.jpg"])
        {
            string path = Path.Combine(folder, file);
            if (OperatingSystem.IsWindows() && file.Contains('*')) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(["a*.jpg"], Found("a*.jpg"));
            File.Delete(Path.Combine(folder, "a*.jpg"));
        }

        Assert.Equal(["a.jpg", "b.jpg"], Found("*.jpg"));
        Assert.Equal(["a.jpg", "b.jpg", "c.png"], Found("?.*"));
        Assert.Equal(["a.jpg", "b.jpg", "deep/d.jpg", "deep/er/e.jpg"], Found("**/*.jpg"));
        Assert.Equal(["deep/er/e.jpg"], Found("d*/e?/*.jpg"));
        Assert.Equal(["deep/d.jpg", "deep/er", "deep/er/e.jpg"], Found("deep/**"));
        Assert.Equal(["none.jpg", "a.jpg"], FileArguments.Expand(["none.jpg", .. Found("a.*").Select(name => name)]));
        Assert.Equal("No file matches 'none*.jpg'.", Assert.Throws<GraftException>(() => FileArguments.Expand(["none*.jpg"])).Message);

        string[] Found(string pattern) => [.. FileArguments.Expand([Path.Combine(folder, pattern)]).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))];
    }

    [Fact]
    public void AnOptionWithoutItsValueIsNotTakenForAnUnknownOne() =>
        Assert.DoesNotContain(Mistakes.In(Root().Parse("train images --epochs --batch 4")), mistake => mistake.Contains("There is no option", StringComparison.Ordinal));

    [Fact]
    public void ACallMakesTheCommandThatItNamesAndNoOther()
    {
        string[] names = [.. Root().Subcommands.Select(command => command.Name)];
        Assert.Equal(20, names.Length);
        Terminal terminal = Tool.Redirected(TextWriter.Null, TextWriter.Null);
        Assert.All(names, name => Assert.Equal([name], CommandLineTool.Root(terminal, name).Subcommands.Select(command => command.Name)));
        Assert.All((string?[])[null, "", "trian", "--help", "[suggest:3]"], other => Assert.Equal(names.Length, CommandLineTool.Root(terminal, other).Subcommands.Count));
    }

    private static RootCommand Root() => CommandLineTool.Root(Tool.Redirected(TextWriter.Null, TextWriter.Null));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    [Theory]
    [InlineData("forecast", "--out-table")]
    [InlineData("forecast", "--plot")]
    [InlineData("import", "--out")]
    public async Task NoInputIsReplaced(string command, string option)
    {
        string folder = Directory.CreateTempSubdirectory("graft-overwriting-").FullName;
        try
        {
            string file = Path.Combine(folder, "input.svg"), same = Path.Combine(folder, ".", "input.svg");
            File.WriteAllText(file, "t,v\n1,2\n");
            Outcome outcome = await Tool.Run(command, file, option, same);
            Assert.Equal((2, $"error: {option} would replace '{same}', which is read. Name another file.\n"), (outcome.ExitCode, outcome.Error));
            Assert.Equal("t,v\n1,2\n", File.ReadAllText(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
