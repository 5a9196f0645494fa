using System.Diagnostics;
using System.Text.Json;
using Graft.Vision;
using Graft.Vision.Decoding;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft style</c> and <c>graft sample styles</c>.</summary>
public sealed class StyleTests(Images images) : IClassFixture<Images>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AStyleIsDrawnLearnedAndApplied()
    {
        string folder = images.NewFolder(), styles = Path.Combine(folder, "styles"), model = Path.Combine(folder, "style.graft"), styled = Path.Combine(folder, "styled.png");
        Outcome drawn = await Tool.Run("sample", "styles", "--out", styles, "--size", "128");
        Assert.Equal(0, drawn.ExitCode);
        Assert.Equal(["mosaic.png", "strokes.png", "waves.png"], Directory.GetFiles(styles).Select(Path.GetFileName).Order());

        string style = Path.Combine(styles, "waves.png");
        Outcome trained = await Tool.Run("style", "train", "--style", style, images.Folder, "--out", model, "--steps", "2", "--batch", "2", "--size", "64", "--style-size", "64", "--width", "0.25", "--norm", "batch", "--runs", Path.Combine(folder, "runs"), "--json");
        Assert.Equal(0, trained.ExitCode);
        JsonElement json = trained.Json;
        Assert.Equal((model, style, "batch"), (json.GetProperty("model").GetString(), json.GetProperty("style").GetString(), json.GetProperty("norm").GetString()));
        Assert.Equal((2, 45, 5), (json.GetProperty("steps").GetInt32(), json.GetProperty("train_images").GetInt32(), json.GetProperty("held_out_images").GetInt32()));
        double loss = (2 * json.GetProperty("content_loss").GetDouble()) + (2 * json.GetProperty("style_loss").GetDouble()) + (2 * json.GetProperty("variation").GetDouble());
        Assert.Equal(loss, json.GetProperty("loss").GetDouble(), 9);
        Assert.True(loss > 0);
        Assert.False(File.Exists(Path.Combine(json.GetProperty("run").GetString()!, "checkpoint.safetensors")));
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(Path.Combine(json.GetProperty("run").GetString()!, "model.graft")));

        string image = Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order().First();
        Outcome applied = await Tool.Run("style", "apply", model, image, "--out", styled, "--size", "50", "--json");
        Assert.Equal(0, applied.ExitCode);
        Assert.Equal((50, 50), (applied.Json.GetProperty("width").GetInt32(), applied.Json.GetProperty("height").GetInt32()));
        using RgbImage written = ImageDecoder.DecodeFile(styled);
        Assert.Equal((50, 50), (written.Width, written.Height));

        string[] roses = [.. Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order().Take(2)], names = [.. roses.Select(rose => Path.GetFileNameWithoutExtension(rose) + ".jpg")];
        string broken = Path.Combine(folder, "broken.png"), many = Path.Combine(folder, "many");
        File.WriteAllText(broken, "no image");
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
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), styles = Path.Combine(folder, "styles"), whole = Path.Combine(folder, "whole.graft"), output = Path.Combine(folder, "m.graft");
        Assert.Equal(0, (await Tool.Run("sample", "styles", "--out", styles, "--size", "128")).ExitCode);
        string style = takesAny ? "styles" : Path.Combine("styles", "waves.png");
        Assert.Equal(0, (await Tool.Run(Arguments(Path.Combine(folder, style), images.Folder, whole, Path.Combine(folder, "others")))).ExitCode);
        using (Process process = Tool.StartIn(folder, Arguments(style, Path.GetRelativePath(folder, images.Folder), "m.graft", "runs")))
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
            using (Process process = Tool.StartIn(images.NewFolder(), "style", "train", "--resume", "last", "--runs", runs))
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
        string image = Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order().First(), folder = images.NewFolder(), output = Path.Combine(folder, "a.png"), empty = images.NewFolder();
        (string[] Arguments, int Code, string Error)[] cases =
        [
            (["style", "apply", images.Model, image, "--out", output], 3, "is not a style: its main output is 'logits', not an image. Train a style: graft style train."),
            (["style", "apply", Path.Combine(folder, "no.graft"), image, "--out", output], 3, $"There is no file '{Path.Combine(folder, "no.graft")}'. Train a style: graft style train --style IMAGE FOLDER --out no.graft"),
            (["style", "apply", images.Model, Path.Combine(folder, "no.jpg"), "--out", output], 3, $"There is no file '{Path.Combine(folder, "no.jpg")}'."),
            (["style", "apply", images.Model, image, "--out", "a.tiff"], 2, "--out takes a folder or a file name that ends with .png or .jpg, not 'a.tiff'."),
            (["style", "apply", images.Model, image, image, "--out", output], 2, $"--out takes a folder for 2 images; '{output}' would hold one."),
            (["style", "apply", images.Model, image, image, "--out", folder], 3, $"2 of the images would be written to '{Path.Combine(folder, Path.GetFileNameWithoutExtension(image) + ".jpg")}'. Give them to separate folders."),
            (["style", "train", "--style", Path.Combine(folder, "no.png"), images.Folder, "--out", output], 3, $"There is no file '{Path.Combine(folder, "no.png")}'. Name an image, or draw some: graft sample styles --out styles"),
            (["style", "train", "--style", images.Model, images.Folder, "--out", output], 3, $"'{images.Model}' cannot be used: not an image."),
            (["style", "train", "--style", image], 2, "Or a run to go on with: graft style train --resume last."),
            (["style", "train", "--resume", "last", images.Folder], 2, "--resume takes a run alone: it goes on with its own images and options."),
            (["style", "train", "--style", image, empty, "--out", output], 3, $"There is no image in the folder '{empty}' or in the folders in it. Check the path."),
            (["style", "train", "--style", image, images.Folder, "--out", output, "--statistics", "mean"], 2, "error: --statistics takes covariance, gram or moments, not 'mean'."),
            (["style", "train", "--style", image, images.Folder, "--out", output, "--size", "100"], 2, "--size takes a multiple of 16, not 100."),
            (["style", "train", "--style", image, images.Folder, "--out", output, "--width", "0"], 2, "--width takes a number above 0 and at most 4, not 0."),
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
