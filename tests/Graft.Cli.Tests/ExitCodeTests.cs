namespace Graft.Cli.Tests;

/// <summary>The same error gives the same exit code, whichever command met it.</summary>
public sealed class ExitCodeTests(Images images) : IClassFixture<Images>
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
        string none = Path.Combine(images.Root, "none.csv"), rose = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0], output = Path.Combine(images.NewFolder(), "o.graft");
        foreach (string[] arguments in new string[][]
        {
            ["prune", images.Model, "--images", none, "--multiply-adds", "0.7", "--out", output],
            ["train", none], ["distill", "builtin", none], ["quantize", none, "--images", images.Folder, "--out", output], ["quantize", images.Model, "--images", none, "--out", output], ["compare", none, "builtin", images.Folder], ["split", none, "--out", output], ["evaluate", images.Model, none], ["predict", none, rose],
            ["inspect", none], ["import", none, "--out", output], ["export", none, "--out", output + ".onnx"], ["bench", none], ["forecast", none], ["forecast", "--model", none],
            ["reservoir", "search", none], ["style", "train", "--style", none, images.Folder, "--out", output], ["style", "apply", none, rose, "--out", output + ".png"], ["predict", images.Model, none],
        })
        {
            Outcome run = await Tool.Run(arguments);
            Assert.True(run.ExitCode == 3 && run.Error.StartsWith("error: ", StringComparison.Ordinal), $"{string.Join(' ', arguments)}: {run.ExitCode} {run.Error}");
        }
    }
}
