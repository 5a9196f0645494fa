using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Graft.Cli.Commands.Importing;

/// <summary>The options of <c>graft import</c> that say what is done to an image before it enters the network.</summary>
internal sealed class PreprocessingOptions
{
    private readonly Option<string?> preset = new("--preset") { Description = $"How images are prepared, as a whole: {string.Join(", ", PreprocessingPresets.Names)}. The other options change a part of it." };
    private readonly Option<string?> mean = new("--mean") { Description = "What is subtracted from each channel, in the network's order: three numbers such as 0.485,0.456,0.406, or one for all.", HelpName = "a,b,c" };
    private readonly Option<string?> deviation = new("--std") { Description = "What each channel is divided by after that: three numbers, or one for all.", HelpName = "a,b,c" };
    private readonly Option<string?> scale = new("--scale") { Description = "What a value from 0 to 255 is multiplied by before the mean is subtracted: 1/255 unless given, 1 for raw values. Given, the mean is 0 and the deviation 1 unless they are, too." };
    private readonly Option<int?> resize = new("--resize") { Description = "What an image's shorter side is resized to before the network's square is cut from its middle, in pixels." };
    private readonly Option<double?> crop = new("--crop") { Description = "The same as a part: how much of the shorter side the square keeps, over 0 to 1." };
    private readonly Option<string?> interpolation = new("--interpolation") { Description = "How an image is resized: bilinear or bicubic." };
    private readonly Option<string?> decoding = new("--decoding") { Description = "How large JPEGs are decoded: exact (every pixel, then resized), or scaled (by the codec at a half, a quarter or an eighth, several times faster)." };
    private readonly Option<string?> channels = new("--channels") { Description = "The order in which the network takes the colours: rgb, or bgr as OpenCV and Caffe have it." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        preset.OneOf([.. PreprocessingPresets.Names]);
        interpolation.OneOf("bilinear", "bicubic");
        decoding.OneOf("exact", "scaled");
        channels.OneOf("rgb", "bgr");
        foreach (Option<string?> option in (Option<string?>[])[mean, deviation, scale])
        {
            int[] counts = option == scale ? [1] : [1, 3];
            option.Validators.Add(result => Check(result, counts));
        }

        resize.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && value is < 1 or > 1 << 15)
                result.AddError($"--resize takes a whole number from 1 to {1 << 15}, not {value}.");
        });
        crop.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !(value is > 0 and <= 1))
                result.AddError($"--crop takes a number over 0 to 1, not {result.Tokens[0].Value}. The side in pixels before the crop is --resize.");
        });
        foreach (Option option in (Option[])[preset, mean, deviation, scale, resize, crop, interpolation, decoding, channels]) command.Add(option);
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="ArgumentsException">Options contradict each other, or numbers cannot be meant as they stand.</exception>
    public PreprocessingRequest Read(ParseResult parsed)
    {
        PreprocessingRequest request = new()
        {
            Preset = parsed.GetValue(preset),
            Mean = Numbers(parsed.GetValue(mean)),
            StandardDeviation = Numbers(parsed.GetValue(deviation)),
            Scale = Numbers(parsed.GetValue(scale))?[0],
            Resize = parsed.GetValue(resize),
            Crop = parsed.GetValue(crop),
            Interpolation = parsed.GetValue(interpolation) switch { null => null, "bilinear" => Interpolation.Bilinear, _ => Interpolation.Bicubic },
            Decoding = parsed.GetValue(decoding) switch { null => null, "exact" => JpegDecoding.Exact, _ => JpegDecoding.Scaled },
            IsReversed = parsed.GetValue(channels) == "bgr",
        };
        request.Check();
        return request;
    }

    private static void Check(OptionResult result, int[] counts)
    {
        if (result.Tokens.Count != 1) return;
        string name = result.Option.Name, text = result.Tokens[0].Value;
        if (Numbers(text) is not { } numbers || !counts.Contains(numbers.Length))
        {
            result.AddError(counts.Length == 1 ? $"{name} takes a number such as 1 or 1/255, not '{text}'." : $"{name} takes three numbers with commas between, or one for all, not '{text}'.");
            return;
        }

        if (name != "--mean" && numbers.Any(number => number <= 0)) result.AddError($"{name} takes numbers over 0, not '{text}'.");
    }

    // "0.5,0.5,0.5", "0.5 0.5 0.5", "1/127.5"; null where it is none of that.
    private static double[]? Numbers(string? text)
    {
        string[] words = text?.Split([',', ' ', ';', '[', ']'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (words.Length == 0) return null;
        double[] numbers = [.. words.Select(Number)];
        return numbers.All(double.IsFinite) ? numbers : null;
    }

    private static double Number(string word)
    {
        string[] parts = word.Split('/');
        return parts.Length <= 2 && parts.All(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            ? double.Parse(parts[0], CultureInfo.InvariantCulture) / (parts.Length == 2 ? double.Parse(parts[1], CultureInfo.InvariantCulture) : 1)
            : double.NaN;
    }
}
