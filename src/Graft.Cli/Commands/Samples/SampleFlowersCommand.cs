using System.CommandLine;
using Graft.Cli.Output;
using Graft.Vision.Samples;

namespace Graft.Cli.Commands.Samples;

/// <summary><c>graft sample flowers</c>, <c>flowers-plain</c> and <c>flowers-mixed</c>: draw images to learn from.</summary>
internal static class SampleFlowersCommand
{
    public static Command Create(Terminal terminal)
    {
        LookAlikeOptions usual = new();
        Option<string> output = Output($"The folder to draw into; it gets {LookAlikeFlowers.TrainFolder}/ and {LookAlikeFlowers.HeldOutFolder}/ with a folder for each kind, and {LookAlikeFlowers.MislabelledFile}.");
        Option<int> images = Arguments.Ranged("--images", 1, 100_000, usual.ImagesPerClass, "How many images of each kind to learn from.");
        Option<int> heldOut = Arguments.Ranged("--held-out", 0, 100_000, usual.HeldOutPerClass, "How many images of each kind to judge by.");
        Option<double> wrong = new("--wrong-labels") { Description = "The part of the images to learn from that lie in the folder of another kind.", DefaultValueFactory = _ => usual.WrongLabels };
        wrong.TakesNumber(value => value is >= 0 and <= 0.5, "a number from 0 to 0.5");
        Option<int> size = Size(usual.Size);
        Option<ulong> seed = Arguments.Seed(usual.Seed);
        Command command = new("flowers", $"Draws five kinds of flowers that look alike ({string.Join(", ", LookAlikeFlowers.Labels)}), a few of them with a wrong label: what {ImageSource.SampleFlowers} stands for.") { output, images, heldOut, wrong, size, seed };
        command.SetAction((parsed, cancel) =>
        {
            string folder = Folder(terminal, parsed.GetRequiredValue(output));
            LookAlikeOptions options = new()
            {
                ImagesPerClass = parsed.GetValue(images),
                HeldOutPerClass = parsed.GetValue(heldOut),
                WrongLabels = parsed.GetValue(wrong),
                Size = parsed.GetValue(size),
                Seed = parsed.GetValue(seed),
            };
            terminal.Track("Drawing flowers", progress => LookAlikeFlowers.Write(folder, options, progress, cancel));
            int kinds = LookAlikeFlowers.Labels.Count;
            terminal.Note($"Drew {kinds} kinds of flowers into '{folder}': {Amount.Of(kinds * options.ImagesPerClass, "image")} to learn from, {kinds * options.HeldOutPerClass:N0} to judge by. {WrongLabels(options, folder)} Train on them: graft train {folder}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    public static Command CreatePlain(Terminal terminal)
    {
        SampleFlowerOptions usual = new();
        Option<string> output = Output("The folder to draw into; it gets a folder for each kind of flower.");
        Option<int> images = Arguments.Ranged("--images", 1, 100_000, usual.ImagesPerClass, "How many images of each kind.");
        Option<int> size = Size(usual.Size);
        Option<ulong> seed = Arguments.Seed(usual.Seed);
        Command command = new("flowers-plain", $"Draws five kinds of flowers that are easy to tell apart ({string.Join(", ", SampleFlowers.Labels)}): what {ImageSource.PlainFlowers} stands for.") { output, images, size, seed };
        command.SetAction((parsed, cancel) =>
        {
            string folder = Folder(terminal, parsed.GetRequiredValue(output));
            SampleFlowerOptions options = new() { ImagesPerClass = parsed.GetValue(images), Size = parsed.GetValue(size), Seed = parsed.GetValue(seed) };
            terminal.Track("Drawing flowers", progress => SampleFlowers.Write(folder, options, progress, cancel));
            terminal.Note($"Drew {Amount.Of(options.ImagesPerClass * SampleFlowers.Labels.Count, "image")} of {SampleFlowers.Labels.Count} kinds of flowers into '{folder}'. Train on them: graft train {folder}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    public static Command CreateMixed(Terminal terminal)
    {
        SampleFlowerOptions usual = new();
        Option<string> output = Output($"The folder to draw into; it gets images/ and {MixedFlowers.ListFile}.");
        Option<int> images = Arguments.Ranged("--images", 1, 100_000, 600, "How many images.");
        Option<int> size = Size(usual.Size);
        Option<ulong> seed = Arguments.Seed(usual.Seed);
        Command command = new("flowers-mixed", $"Draws images with several kinds of flowers ({string.Join(", ", SampleFlowers.Labels)}) or none, and a list of what is in each: for several labels and for numbers.") { output, images, size, seed };
        command.SetAction((parsed, cancel) =>
        {
            string folder = Folder(terminal, parsed.GetRequiredValue(output)), list = Path.Combine(folder, MixedFlowers.ListFile);
            SampleFlowerOptions options = new() { ImagesPerClass = parsed.GetValue(images), Size = parsed.GetValue(size), Seed = parsed.GetValue(seed) };
            terminal.Track("Drawing flowers", progress => MixedFlowers.Write(folder, options, progress, cancel));
            terminal.Note($"Drew {Amount.Of(options.ImagesPerClass, "image")} into '{folder}'. Which kinds are in each: graft train {list}. How many flowers: graft train {list} --label-column flowers --task regress");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    /// <summary>How many labels of a set are wrong, and where they are named.</summary>
    public static string WrongLabels(LookAlikeOptions options, string folder)
    {
        int wrong = LookAlikeFlowers.Mislabelled(options).Count;
        return wrong == 0 ? "Every label is right." : $"{wrong:N0} of the labels to learn from {Amount.Word(wrong, "is", "are")} wrong on purpose; {Path.Combine(folder, LookAlikeFlowers.MislabelledFile)} names {Amount.Word(wrong, "it", "them")}.";
    }

    private static Option<string> Output(string description) => new("--out") { Description = description, Required = true };

    private static Option<int> Size(int usual) => Arguments.Ranged("--size", 32, 2048, usual, "The side of an image in pixels.");

    private static string Folder(Terminal terminal, string name)
    {
        OutputFile.RequireWritableFolder(name);
        terminal.Remains = () => $"The images that were drawn are in '{name}'; the same command draws all again.";
        return name;
    }
}
