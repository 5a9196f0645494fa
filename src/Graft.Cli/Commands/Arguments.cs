using System.CommandLine;
using System.Globalization;
using Graft.Formats;
using Graft.Training;
using Graft.Vision.Augmentation;

namespace Graft.Cli.Commands;

/// <summary>Arguments and options that several commands share, each described once.</summary>
internal static class Arguments
{
    public static Argument<string> Model(string name = "model") => new(name)
    {
        Description = "A .graft file, an architecture's name such as mobilenetv2_100 (random weights), a file that 'graft import' reads, or a model of Hugging Face's hub, timm/NAME.",
    };

    public static Argument<string> Images() => new("images")
    {
        Description = $"A folder with a folder of images for each class, or with train, val and test folders of such; a list (.csv, .tsv, .txt, .json, .jsonl); a folder of Pascal VOC's layout; a JSON file of COCO's annotations; or {ImageSource.SampleFlowers} for images that Graft draws ({ImageSource.PlainFlowers} for easier ones).",
    };

    public static Argument<string> UndividedImages() => new("images")
    {
        Description = $"A folder with a folder of images for each class, or {ImageSource.PlainFlowers} for images that Graft draws.",
    };

    /// <summary>The option of <see cref="Json"/>.</summary>
    public const string JsonName = "--json";

    /// <summary>The option of <see cref="Resume"/>.</summary>
    public const string ResumeName = "--resume";

    /// <summary>The folder that holds runs.</summary>
    public const string RunsName = "--runs";

    /// <summary>Whether a model may cost what it likes.</summary>
    public const string AnySizeName = "--any-size";

    public static Option<string?> Resume() => new(ResumeName) { Description = "Go on with a run that was interrupted: its number, the beginning of its name, its folder, or last." };

    public static Option<bool> Json() => new(JsonName) { Description = "Print the result as JSON on standard output, and nothing else there." };

    public static Option<int> Threads() => Ranged("--threads", 0, 1024, 0, "How many threads work; 0 is one for each processor.");

    /// <summary>The folder of the runs.</summary>
    public static Option<string> Runs(string description)
    {
        Option<string> runs = new(RunsName) { Description = description, DefaultValueFactory = _ => "runs" };
        runs.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && string.IsNullOrWhiteSpace(result.Tokens[0].Value)) result.AddError("--runs takes the name of a folder; it is empty.");
        });
        return runs;
    }

    public static Option<bool> AnySize() => new(AnySizeName) { Description = "Take a model from a file however much memory and time it asks for; without this, more than 1 GB or 200 billion multiply-adds for one image is refused." };

    public static Option<double> Appearance(string description)
    {
        Option<double> option = new("--appearance") { Description = description, DefaultValueFactory = _ => 0 };
        option.TakesNumber(value => value is >= 0 and <= 1, "a number from 0 to 1");
        return option;
    }

    public static AppearanceChange? AppearanceOf(this ParseResult parsed, Option<double> appearance) => parsed.GetValue(appearance) is > 0 and double part ? new AppearanceChange { Probability = part } : null;

    public static Option<string> Store()
    {
        Option<string> option = new("--store") { Description = "How exactly weights are kept in the file: float32, float16 (half the size) or int8 (a quarter of it).", DefaultValueFactory = _ => "float32" };
        option.OneOf("float32", "float16", "int8");
        return option;
    }

    public static WeightPrecision StoreOf(this ParseResult parsed, Option<string> store) => Enum.Parse<WeightPrecision>(parsed.GetRequiredValue(store), ignoreCase: true);

    public static Option<string> Precision()
    {
        Option<string> option = new("--precision")
        {
            Description = "What is kept between layers while training: float32, or bfloat16, which takes a quarter to a third less memory and, on processors with its products (AVX512_BF16), two thirds to nine tenths of the time, and rounds to three digits.",
            DefaultValueFactory = _ => "float32",
        };
        option.OneOf("float32", "bfloat16");
        return option;
    }

    public static TrainingPrecision PrecisionOf(this ParseResult parsed, Option<string> precision) => Enum.Parse<TrainingPrecision>(parsed.GetRequiredValue(precision), ignoreCase: true);

    public static Option<string?> Memory(string description)
    {
        Option<string?> option = new("--memory") { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Bytes(result.Tokens[0].Value) is null) result.AddError($"--memory takes a number of MB or GB, such as 300MB or 1.5GB, not '{result.Tokens[0].Value}'.");
        });
        return option;
    }

    public static long? MemoryOf(this ParseResult parsed, Option<string?> memory) => parsed.GetValue(memory) is { } text ? Bytes(text) : null;

    public static Option<bool> Mirrored() => new("--tta") { Description = "Look at each image and its mirror image, and take the mean: slower, and a little better." };

    public static Option<ulong> Seed(ulong usual = 0) => new("--seed") { Description = "The same seed gives the same result.", DefaultValueFactory = _ => usual };

    /// <summary>The bytes that a text such as 300MB or 1.5 GB says; null where it says none.</summary>
    private static long? Bytes(string text)
    {
        foreach ((string unit, double bytes) in ((string, double)[])[("MB", 1e6), ("GB", 1e9), ("M", 1e6), ("G", 1e9)])
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            return double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number) && number * bytes is >= 1 and < 1e15
                ? (long)(number * bytes)
                : null;
        }

        return null;
    }

    /// <summary>An option for a whole number within a range.</summary>
    public static Option<int> Ranged(string name, int least, int most, int usual, string description)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < least || value > most))
                result.AddError($"{name} takes a whole number from {least} to {most}, not {value}.");
        });
        return option;
    }

    /// <summary>Makes an option refuse all but some words.</summary>
    public static void OneOf(this Option option, params string[] words)
    {
        option.CompletionSources.Add(words);
        option.Takes(words.Contains, $"{string.Join(", ", words[..^1])} or {words[^1]}");
    }

    /// <summary>Makes an option refuse some texts.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isTaken">Whether a text is taken.</param>
    /// <param name="what">What is taken, in words.</param>
    public static void Takes(this Option option, Func<string, bool> isTaken, string what) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && !isTaken(result.Tokens[0].Value)) result.AddError($"{option.Name} takes {what}, not '{result.Tokens[0].Value}'.");
    });

    /// <summary>Makes an option refuse some numbers; what is no number is refused by its type.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isTaken">Whether a number is taken.</param>
    /// <param name="what">What is taken, in words.</param>
    public static void TakesNumber(this Option option, Func<double, bool> isTaken, string what) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !isTaken(value)) result.AddError($"{option.Name} takes {what}, not {result.Tokens[0].Value}.");
    });

    /// <summary>Makes an option refuse numbers that are not above 0.</summary>
    public static void TakesPositive(this Option option) => option.TakesNumber(value => value > 0 && double.IsFinite(value), "a number above 0");

    /// <summary>Makes an option refuse numbers that are not a part of a whole that leaves something.</summary>
    public static void TakesPart(this Option option) => option.TakesNumber(value => value is >= 0 and < 1, "a number from 0 to below 1");
}
