using System.CommandLine;
using System.Diagnostics;
using Graft.Cli.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary><c>graft style apply</c>: gives images a style.</summary>
internal static class StyleApplyCommand
{
    private const int Quality = 92;

    public static Command Create(Terminal terminal)
    {
        Argument<string> model = new("model") { Description = "A .graft file that 'graft style train' wrote." };
        Argument<string[]> images = new("image") { Description = "The images.", Arity = ArgumentArity.OneOrMore };
        Option<string> output = new("--out") { Description = "The .png or .jpg file to write; or, for any number of images, a folder: each is written there under its name, as JPEG.", Required = true };
        output.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && IsOtherFormat(result.Tokens[0].Value)) result.AddError($"--out takes a folder or a file name that ends with .png or .jpg, not '{result.Tokens[0].Value}'.");
        });
        Option<string?> style = new("--style") { Description = "The image whose style is given, where the model takes any style." };
        Option<int> size = Arguments.Ranged("--size", 0, 8192, 0, "The longer side in pixels that an image is made smaller or larger to first; 0 leaves it. Strokes are larger in a smaller image.");
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Option<bool> json = Arguments.Json();
        Command command = new("apply", "Gives images a style.") { model, images, output, style, size, threads, anySize, json };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal, parsed.GetRequiredValue(model), FileArguments.Expand(parsed.GetRequiredValue(images)), parsed.GetRequiredValue(output), parsed.GetValue(style), parsed.GetValue(size), parsed.GetValue(threads), ModelSource.Limits(parsed.GetValue(anySize)), parsed.GetValue(json), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, string[] paths, string output, string? style, int size, int threads, Networks.NetworkLimits limits, bool json, CancellationToken cancel)
    {
        if (paths.Length > 1 && IsFile(output)) throw new ArgumentsException($"--out takes a folder for {paths.Length} images; '{output}' would hold one.");
        string[] outputs = IsFile(output) ? [output] : Names(paths, output);
        if (IsFile(output)) OutputFile.RequireWritable(output);
        else OutputFile.RequireWritableFolder(output);
        ModelSource.RequireFile(name, $"Train a style: graft style train --style IMAGE FOLDER --out {Path.GetFileName(name)}");
        foreach (string path in paths)
            if (!File.Exists(path)) throw new GraftException($"There is no file '{path}'.");
        foreach (string file in outputs) terminal.Written.Add("--out", file);
        terminal.Written.RequireOthers([.. paths, name, .. style is null ? Array.Empty<string>() : [style]]);
        Model model = ModelFile.Load(name, limits);
        if (style is not null)
        {
            if (!File.Exists(style)) throw new GraftException($"There is no file '{style}'.");
            using RgbImage given = Decode(style);
            model = model.WithStyle(given);
        }

        using Stylizer stylizer = new(model, threads);
        if (!IsFile(output)) Directory.CreateDirectory(output);
        int failed = 0, written = 0;
        terminal.Remains = () => $"Images written: {written:N0} of {paths.Length:N0}.";
        for (int i = 0; i < paths.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                Apply(terminal, stylizer, paths[i], outputs[i], size, json, cancel);
                written++;
            }
            catch (GraftException e) when (paths.Length > 1)
            {
                // One bad image does not keep the others from their style.
                terminal.Error(e.Message);
                failed++;
            }
        }

        return failed == 0 ? ExitCode.Done : ExitCode.BadInput;
    }

    private static void Apply(Terminal terminal, Stylizer stylizer, string path, string output, int size, bool json, CancellationToken cancel)
    {
        using RgbImage image = Decode(path);
        using RgbImage content = Resized(image, size);
        long start = Stopwatch.GetTimestamp();
        using RgbImage styled = stylizer.Apply(content, cancel);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        byte[] encoded = IsPng(output) ? styled.ToPng() : styled.ToJpeg(Quality);
        AtomicFile.Write(output, stream => stream.Write(encoded));
        terminal.Note($"Wrote {output}: {styled.Width} x {styled.Height}, in {Durations.Text(time)}.");
        if (json) terminal.WriteJson(new { Path = output, styled.Width, styled.Height, Seconds = Math.Round(time.TotalSeconds, 3) });
    }

    /// <summary>A name in the folder for each image; of two that share one, neither is lost.</summary>
    private static string[] Names(string[] paths, string folder)
    {
        string[] names = [.. paths.Select(path => Path.Combine(folder, Path.GetFileNameWithoutExtension(path) + ".jpg"))];
        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } shared)
            throw new GraftException($"{shared.Count()} of the images would be written to '{shared.Key}'. Give them to separate folders.");
        return names;
    }

    /// <summary>Decodes an image; what it is called is in the error.</summary>
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

    private static RgbImage Resized(RgbImage image, int size)
    {
        int longer = Math.Max(image.Width, image.Height);
        if (size == 0 || size == longer) return image;
        return Resizer.Resize(image, Scaled(image.Width), Scaled(image.Height), Interpolation.Bicubic);

        int Scaled(int side) => Math.Max(1, (int)Math.Round((double)side * size / longer));
    }

    // A name of another format is a mistake, not a folder.
    private static bool IsOtherFormat(string path) => Path.GetExtension(path).ToLowerInvariant() is ".webp" or ".gif" or ".bmp" or ".tif" or ".tiff" or ".avif" or ".heic";

    private static bool IsFile(string path) => IsPng(path) || IsJpeg(path);

    private static bool IsPng(string path) => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    private static bool IsJpeg(string path) => path.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".jpeg", StringComparison.OrdinalIgnoreCase);
}
