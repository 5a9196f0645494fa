using System.Diagnostics;
using System.Text.Json;
using Graft.Vision;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft style</c> and <c>graft sample styles</c>.</summary>
public sealed class StyleTests(Pictures pictures) : IClassFixture<Pictures>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AStyleIsDrawnLearnedAndApplied()
    {
        string folder = pictures.NewFolder(), styles = Path.Combine(folder, "styles"), model = Path.Combine(folder, "style.graft"), styled = Path.Combine(folder, "styled.png");
        Outcome drawn = await Tool.Run("sample", "styles", "--out", styles, "--size", "128");
        Assert.Equal(0, drawn.ExitCode);
        Assert.Equal(["mosaic.png", "strokes.png", "waves.png"], Directory.GetFiles(styles).Select(Path.GetFileName).Order());

        string style = Path.Combine(styles, "waves.png");
        Outcome trained = await Tool.Run("style", "train", "--style", style, pictures.Folder, "--out", model, "--steps", "2", "--batch", "2", "--size", "64", "--style-size", "64", "--width", "0.25", "--norm", "batch", "--runs", Path.Combine(folder, "runs"), "--json");
        Assert.Equal(0, trained.ExitCode);
        JsonElement json = trained.Json;
        Assert.Equal((model, style, "batch"), (json.GetProperty("model").GetString(), json.GetProperty("style").GetString(), json.GetProperty("norm").GetString()));
        Assert.Equal((2, 45, 5), (json.GetProperty("steps").GetInt32(), json.GetProperty("train_images").GetInt32(), json.GetProperty("held_out_images").GetInt32()));
        double loss = (2 * json.GetProperty("content_loss").GetDouble()) + (2 * json.GetProperty("style_loss").GetDouble()) + (2 * json.GetProperty("variation").GetDouble());
        Assert.Equal(loss, json.GetProperty("loss").GetDouble(), 9);
        Assert.True(loss > 0);
        Assert.False(File.Exists(Path.Combine(json.GetProperty("run").GetString()!, "checkpoint.safetensors")));
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(Path.Combine(json.GetProperty("run").GetString()!, "model.graft")));

        string picture = Directory.GetFiles(Path.Combine(pictures.Folder, "rose")).Order().First();
        Outcome applied = await Tool.Run("style", "apply", model, picture, "--out", styled, "--size", "50", "--json");
        Assert.Equal(0, applied.ExitCode);
        Assert.Equal((50, 50), (applied.Json.GetProperty("width").GetInt32(), applied.Json.GetProperty("height").GetInt32()));
        using RgbImage written = ImageDecoder.DecodeFile(styled);
        Assert.Equal((50, 50), (written.Width, written.Height));

        string[] roses = [.. Directory.GetFiles(Path.Combine(pictures.Folder, "rose")).Order().Take(2)], names = [.. roses.Select(rose => Path.GetFileNameWithoutExtension(rose) + ".jpg")];
        string broken = Path.Combine(folder, "broken.png"), many = Path.Combine(folder, "many");
        File.WriteAllText(broken, "no picture");
        Outcome several = await Tool.Run("style", "apply", model, roses[0], broken, roses[1], "--out", many, "--size", "40");
        Assert.Equal(3, several.ExitCode);
        Assert.Contains($"'{broken}' cannot be used: not an image.", several.Error);
        Assert.Equal(names.Order(), Directory.GetFiles(many).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AKilledRunGoesOnFromAnotherFolderToTheSameBits(bool takesAny)
    {
        // Relative names are those of the folder where it began.
        string folder = pictures.NewFolder(), runs = Path.Combine(folder, "runs"), styles = Path.Combine(folder, "styles"), whole = Path.Combine(folder, "whole.graft"), output = Path.Combine(folder, "m.graft");
        Assert.Equal(0, (await Tool.Run("sample", "styles", "--out", styles, "--size", "128")).ExitCode);
        string style = takesAny ? "styles" : Path.Combine("styles", "waves.png");
        Assert.Equal(0, (await Tool.Run(Arguments(Path.Combine(folder, style), pictures.Folder, whole, Path.Combine(folder, "others")))).ExitCode);
        using (Process process = Tool.StartIn(folder, Arguments(style, Path.GetRelativePath(folder, pictures.Folder), "m.graft", "runs")))
        {
            // A terminal that closes keeps the state; what was kept then is what a kill would leave.
            while (!process.HasExited && !(Directory.Exists(runs) && Directory.EnumerateFiles(runs, "config.json", SearchOption.AllDirectories).Any())) await Task.Delay(5, Cancel);
            await Task.Delay(300, Cancel);
            if (!process.HasExited) await Tool.Signal(process, "INT");
            await process.WaitForExitAsync(Cancel);
        }

        if (!File.Exists(output))
        {
            Outcome other = await Tool.Run("distill", "--resume", "last", "--runs", runs);
            Assert.Contains("To go on with it: graft style train --resume last", other.Error);
            using (Process process = Tool.StartIn(pictures.NewFolder(), "style", "train", "--resume", "last", "--runs", runs))
            {
                await Task.Delay(1500, Cancel);
                process.Kill();
                await process.WaitForExitAsync(Cancel);
            }

            Assert.Equal(0, (await Tool.Run("style", "train", "--resume", "last", "--runs", runs)).ExitCode);
        }

        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(output));

        static string[] Arguments(string style, string images, string output, string runs) =>
            ["style", "train", "--style", style, images, "--steps", "40", "--batch", "2", "--size", "64", "--style-size", "64", "--width", "0.25", "--threads", "2", "--runs", runs, "--out", output];
    }

    [Fact]
    public async Task WrongInputIsRefusedInASentence()
    {
        string picture = Directory.GetFiles(Path.Combine(pictures.Folder, "rose")).Order().First(), folder = pictures.NewFolder(), output = Path.Combine(folder, "a.png"), empty = pictures.NewFolder();
        (string[] Arguments, int Code, string Error)[] cases =
        [
            (["style", "apply", pictures.Model, picture, "--out", output], 3, "is not a style: its main output is 'logits', not a picture. Train a style: graft style train."),
            (["style", "apply", Path.Combine(folder, "no.graft"), picture, "--out", output], 3, $"There is no file '{Path.Combine(folder, "no.graft")}'. Train a style: graft style train --style PICTURE FOLDER --out no.graft"),
            (["style", "apply", pictures.Model, Path.Combine(folder, "no.jpg"), "--out", output], 3, $"There is no file '{Path.Combine(folder, "no.jpg")}'."),
            (["style", "apply", pictures.Model, picture, "--out", "a.tiff"], 2, "--out takes a folder or a file name that ends with .png or .jpg, not 'a.tiff'."),
            (["style", "apply", pictures.Model, picture, picture, "--out", output], 2, $"--out takes a folder for 2 pictures; '{output}' would hold one."),
            (["style", "apply", pictures.Model, picture, picture, "--out", folder], 3, $"2 of the pictures would be written to '{Path.Combine(folder, Path.GetFileNameWithoutExtension(picture) + ".jpg")}'. Give them to separate folders."),
            (["style", "train", "--style", Path.Combine(folder, "no.png"), pictures.Folder, "--out", output], 3, $"There is no file '{Path.Combine(folder, "no.png")}'. Name a picture, or draw some: graft sample styles --out styles"),
            (["style", "train", "--style", pictures.Model, pictures.Folder, "--out", output], 3, $"'{pictures.Model}' cannot be used: not an image."),
            (["style", "train", "--style", picture], 2, "Or a run to go on with: graft style train --resume last."),
            (["style", "train", "--resume", "last", pictures.Folder], 2, "--resume takes a run alone: it goes on with its own pictures and options."),
            (["style", "train", "--style", picture, empty, "--out", output], 3, $"There is no picture in the folder '{empty}' or in the folders in it. Check the path."),
            (["style", "train", "--style", picture, pictures.Folder, "--out", output, "--statistics", "mean"], 2, "error: --statistics takes covariance, gram or moments, not 'mean'."),
            (["style", "train", "--style", picture, pictures.Folder, "--out", output, "--size", "100"], 2, "--size takes a multiple of 16, not 100."),
            (["style", "train", "--style", picture, pictures.Folder, "--out", output, "--width", "0"], 2, "--width takes a number above 0 and at most 4, not 0."),
            (["sample", "styles", "--out", " "], 2, "--out takes the name of a folder; it is empty."),
        ];
        foreach ((string[] arguments, int code, string error) in cases)
        {
            Outcome run = await Tool.Run(arguments);
            Assert.Equal((code, ""), (run.ExitCode, run.Output));
            Assert.Contains(error, run.Error);
        }
    }
}
