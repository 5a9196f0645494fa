using System.CommandLine;
using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary><c>graft style apply</c>: gives a picture a style.</summary>
internal static class StyleApplyCommand
{
    private const int Quality = 92;

    public static Command Create(Terminal terminal)
    {
        Argument<string> model = new("model") { Description = "A .graft file that 'graft style train' wrote." };
        Argument<string> image = new("image") { Description = "The picture." };
        Option<string> output = new("--out") { Description = "The .png or .jpg file to write.", Required = true };
        output.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !IsPng(result.Tokens[0].Value) && !IsJpeg(result.Tokens[0].Value))
                result.AddError($"--out takes a file name that ends with .png or .jpg, not '{result.Tokens[0].Value}'.");
        });
        Option<string?> style = new("--style") { Description = "The picture whose style is given, where the model takes any style." };
        Option<int> size = Arguments.Ranged("--size", 0, 8192, 0, "The longer side in pixels that the picture is made smaller or larger to first; 0 leaves it. Strokes are larger in a smaller picture.");
        Option<int> threads = Arguments.Threads();
        Option<bool> json = Arguments.Json();
        Command command = new("apply", "Gives a picture a style.") { model, image, output, style, size, threads, json };
        command.SetAction(parsed => Run(
            terminal, parsed.GetRequiredValue(model), parsed.GetRequiredValue(image), parsed.GetRequiredValue(output), parsed.GetValue(style), parsed.GetValue(size), parsed.GetValue(threads), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, string name, string path, string output, string? style, int size, int threads, bool json)
    {
        OutputFile.RequireWritable(output);
        if (!File.Exists(name)) throw new GraftException($"There is no file '{name}'. Train a style: graft style train --style PICTURE FOLDER --out {Path.GetFileName(name)}");
        if (!File.Exists(path)) throw new GraftException($"There is no file '{path}'.");
        Model model = ModelFile.Load(name);
        if (style is not null)
        {
            if (!File.Exists(style)) throw new GraftException($"There is no file '{style}'.");
            using RgbImage given = Decode(style);
            model = model.WithStyle(given);
        }

        using Stylizer stylizer = new(model, threads);
        using RgbImage picture = Decode(path);
        using RgbImage content = Resized(picture, size);
        long start = Stopwatch.GetTimestamp();
        using RgbImage styled = stylizer.Apply(content);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        File.WriteAllBytes(output, IsPng(output) ? styled.ToPng() : styled.ToJpeg(Quality));
        terminal.Note($"Wrote {output}: {styled.Width} x {styled.Height}, in {Durations.Text(time)}.");
        if (json) terminal.WriteJson(new { Path = output, styled.Width, styled.Height, Seconds = Math.Round(time.TotalSeconds, 3) });
        return ExitCode.Done;
    }

    /// <summary>Decodes a picture; what it is called is in the error.</summary>
    internal static RgbImage Decode(string path)
    {
        try
        {
            return ImageDecoder.DecodeFile(path);
        }
        catch (ImageException e)
        {
            throw new GraftException($"'{path}' cannot be used: {e.Message}.", e);
        }
    }

    private static RgbImage Resized(RgbImage picture, int size)
    {
        int longer = Math.Max(picture.Width, picture.Height);
        if (size == 0 || size == longer) return picture;
        return Resizer.Resize(picture, Scaled(picture.Width), Scaled(picture.Height), Interpolation.Bicubic);

        int Scaled(int side) => Math.Max(1, (int)Math.Round((double)side * size / longer));
    }

    private static bool IsPng(string path) => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    private static bool IsJpeg(string path) => path.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".jpeg", StringComparison.OrdinalIgnoreCase);
}
