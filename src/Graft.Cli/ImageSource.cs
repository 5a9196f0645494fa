using Graft.Cli.Commands.Samples;
using Graft.Cli.Output;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Lists;
using Graft.Vision.Samples;

namespace Graft.Cli;

/// <summary>Finds the folder of images that an argument means.</summary>
internal static class ImageSource
{
    /// <summary>Stands for a set of images that Graft draws: so that everything can be tried with no data.</summary>
    public const string SampleFlowers = Prefix + "flowers";

    /// <summary>Stands for a set of drawn images that are easy to tell apart.</summary>
    public const string PlainFlowers = Prefix + "flowers-plain";

    private const string Prefix = "sample:";

    /// <summary>Whether a name stands for images that Graft draws.</summary>
    public static bool IsSample(string name) => name is SampleFlowers or PlainFlowers;

    /// <summary>What drawn images are called.</summary>
    public static string SampleName(string name) => name[Prefix.Length..];

    /// <summary>What a model of images is called: by their folder or list.</summary>
    public static string NameOf(string name) => IsSample(name) ? SampleName(name) : ImageList.NameOf(name);

    /// <summary>A folder of classes in its parts; how it was read is said.</summary>
    public static ImageSets Sets(string name, Terminal terminal, CancellationToken cancel, int requiredClasses = 2, ImageListOptions? list = null, string? exclude = null)
    {
        ImageSets sets = ImageSets.Scan(Folder(name, terminal, cancel), requiredClasses, list, cancel);
        RequireUnwritten(terminal, sets.Train, sets.Validation, sets.Test);
        if (exclude is not null) sets = sets.Without(ExcludeList.Read(exclude), exclude);
        Say(terminal, sets.Remarks);
        return sets;
    }

    /// <summary>A folder of classes, or a list, that must not be divided; how it was read is said.</summary>
    public static ImageFolder Undivided(string name, Terminal terminal, CancellationToken cancel, ImageListOptions? list = null)
    {
        if (ImageList.IsListed(name))
        {
            ImageSets sets = Sets(name, terminal, cancel, requiredClasses: 1, list);
            return sets.IsDivided ? throw new GraftException($"'{name}' is divided, and one part is meant here. Give a list without a column 'split'.") : sets.Train;
        }

        ImageFolder folder = ImageFolder.Scan(Folder(name, terminal, cancel), requiredClasses: 1);
        RequireUnwritten(terminal, folder);
        Say(terminal, folder.Remarks);
        return folder;
    }

    /// <summary>Images to learn from, whatever they show: of a divided folder the part that is meant for it.</summary>
    public static ImageFolder ToLearnFrom(string name, Terminal terminal, CancellationToken cancel)
    {
        ImageSets sets = Unlabelled(name, terminal, cancel);
        if (sets.IsDivided) terminal.Note($"Learning from '{sets.Train.Path}' alone. To learn from the other parts, too, name them.");
        return sets.Train;
    }

    /// <summary>Images to judge by, whatever they show: of a divided folder the part that is meant for it.</summary>
    public static ImageFolder ToJudgeBy(string name, Terminal terminal, CancellationToken cancel) => ToJudgeBy(Unlabelled(name, terminal, cancel), terminal);

    /// <summary>Of a divided folder the part to judge by, which is said.</summary>
    public static ImageFolder ToJudgeBy(ImageSets sets, Terminal terminal)
    {
        ImageFolder judged = sets.ToJudgeBy
            ?? throw new GraftException($"'{sets.Path}' is divided, and no part of it to judge by has a folder for each class. To judge by the images that were learned from, name '{sets.Train.Path}'.");
        if (sets.IsDivided) terminal.Note(judged.IsList ? $"Judging by the part '{(sets.Test is null ? "val" : "test")}' of '{judged.Path}' alone." : $"Judging by '{judged.Path}' alone. To judge by another part, name it.");
        return judged;
    }

    /// <summary>The images of a folder in its parts, whatever they show; how it was read is said.</summary>
    public static ImageSets Unlabelled(string name, Terminal terminal, CancellationToken cancel)
    {
        ImageSets sets = ImageSets.ScanUnlabelled(Folder(name, terminal, cancel));
        RequireUnwritten(terminal, sets.Train, sets.Validation, sets.Test);
        Say(terminal, sets.Remarks);
        return sets;
    }

    /// <summary>Makes sure that the command writes over none of the images, nor over their list.</summary>
    private static void RequireUnwritten(Terminal terminal, params ReadOnlySpan<ImageFolder?> parts)
    {
        foreach (ImageFolder? part in parts)
        {
            if (part is not null) terminal.Written.RequireOthers(part.Items.Select(item => item.Path).Concat(part.Skipped.Select(image => image.Path)).Append(part.Path));
        }
    }

    private static void Say(Terminal terminal, IReadOnlyList<string> remarks)
    {
        foreach (string remark in remarks) terminal.Note(remark);
    }

    /// <summary>The folder; sample images are drawn into the cache folder unless they are there from an earlier run.</summary>
    private static string Folder(string name, Terminal terminal, CancellationToken cancel)
    {
        if (name.StartsWith(Prefix, StringComparison.Ordinal) && !IsSample(name) && !Directory.Exists(name))
            throw new ArgumentsException($"There are no sample images '{name}'. There are {SampleFlowers} and {PlainFlowers}.");
        return name switch
        {
            SampleFlowers => LookAlike(terminal, cancel),
            PlainFlowers => Plain(terminal, cancel),
            _ => name,
        };
    }

    private static string LookAlike(Terminal terminal, CancellationToken cancel)
    {
        LookAlikeOptions options = new();
        string folder = Place(SampleFlowers, $"{options.ImagesPerClass}-{options.HeldOutPerClass}-{options.Size}-{options.Seed}");
        int total = (options.ImagesPerClass + options.HeldOutPerClass) * LookAlikeFlowers.Labels.Count;
        // The list of wrong labels is written last.
        if (!File.Exists(Path.Combine(folder, LookAlikeFlowers.MislabelledFile)) || Images(folder) < total)
            terminal.Track("Drawing flowers", progress => LookAlikeFlowers.Write(folder, options, progress, cancel));
        terminal.Note($"Sample images: {folder}. {SampleFlowersCommand.WrongLabels(options, folder)}");
        return folder;
    }

    private static string Plain(Terminal terminal, CancellationToken cancel)
    {
        SampleFlowerOptions options = new();
        string folder = Place(PlainFlowers, $"{options.ImagesPerClass}-{options.Size}-{options.Seed}");
        if (Images(folder) < options.ImagesPerClass * Vision.Samples.SampleFlowers.Labels.Count)
            terminal.Track("Drawing flowers", progress => Vision.Samples.SampleFlowers.Write(folder, options, progress, cancel));
        terminal.Note($"Sample images: {folder}");
        return folder;
    }

    private static string Place(string name, string options) => Path.Combine(CacheFolders.Root, "samples", $"{SampleName(name)}-{options}");

    private static int Images(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Count() : 0;
}
