namespace Graft.Cli.Tests;

/// <summary>The same error gives the same exit code, whichever command met it.</summary>
public sealed class ExitCodeTests(Pictures pictures) : IClassFixture<Pictures>
{
    [Fact]
    public void WhatTheUserGaveIsBadInputAndWhatTheMachineRefusedAFailure()
    {
        IOException full = new("No space left on device");
        UnauthorizedAccessException denied = new("Permission denied");
        (Exception Error, int Code)[] cases =
        [
            (full, 1), (denied, 1), (new GraftException("It cannot be read.", full), 1), (new GraftException("It cannot be read.", new AggregateException(denied)), 1),
            (new GraftException("There is no file."), 3), (new FileNotFoundException(), 3), (new DirectoryNotFoundException(), 3), (new GraftException("There is no file.", new FileNotFoundException()), 3),
            (new GraftException("It is cut short.", new EndOfStreamException()), 3), (new ArgumentsException("No."), 2), (new OperationCanceledException(), 130),
        ];
        Assert.All(cases, c => Assert.Equal(c.Code, ExitCode.Of(c.Error)));
    }

    [Fact]
    public async Task AFileThatIsNotThereIsBadInputForEveryCommand()
    {
        string none = Path.Combine(pictures.Root, "none.csv"), rose = Directory.GetFiles(Path.Combine(pictures.Folder, "rose"))[0], output = Path.Combine(pictures.NewFolder(), "o.graft");
        foreach (string[] arguments in new string[][]
        {
            ["train", none], ["distill", "builtin", none], ["compare", none, "builtin", pictures.Folder], ["split", none, "--out", output], ["evaluate", pictures.Model, none], ["predict", none, rose],
            ["inspect", none], ["import", none, "--out", output], ["export", none, "--out", output + ".onnx"], ["bench", none], ["forecast", none], ["forecast", "--model", none],
            ["reservoir", "search", none], ["style", "train", "--style", none, pictures.Folder, "--out", output], ["style", "apply", none, rose, "--out", output + ".png"], ["predict", pictures.Model, none],
        })
        {
            Outcome run = await Tool.Run(arguments);
            Assert.True(run.ExitCode == 3 && run.Error.StartsWith("error: ", StringComparison.Ordinal), $"{string.Join(' ', arguments)}: {run.ExitCode} {run.Error}");
        }
    }
}
