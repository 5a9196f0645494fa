using Graft.Vision.Features;

namespace Graft.Vision.Checking;

/// <summary>Finds what is wrong with labelled images: copies, wrong labels, and images that are blurred, tiny, empty, like no others, or unreadable.</summary>
public static class FolderCheck
{
    /// <summary>Checks images.</summary>
    /// <param name="images">The images: a folder's or a list's path, or a data set.</param>
    /// <param name="trunk">The trunk whose features tell which images are alike; null is the one that comes with Graft.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops the work; what was computed until then is in the cache.</param>
    /// <exception cref="GraftException">The model has no features, or no image can be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CheckResult Run(ImageDataset images, Model? trunk = null, CheckOptions? options = null, IProgress<CheckProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        CheckResult result = Run(trunk ?? Model.Builtin(), CheckedImages.Of(images.Sets), options, progress, cancellation);
        GC.KeepAlive(images);
        return result;
    }

    /// <summary>Checks images.</summary>
    /// <param name="trunk">The trunk whose features tell which images are alike.</param>
    /// <param name="images">The images.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops the work; what was computed until then is in the cache.</param>
    /// <exception cref="GraftException">The model has no features, or no image can be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal static CheckResult Run(Model trunk, CheckedImages images, CheckOptions? options = null, IProgress<CheckProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trunk);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new CheckOptions();
        LookReader reader = new(images.Images.Count, options.Limits);
        ExtractedFeatures extracted = FeatureExtractor.Extract(
            trunk, [.. images.Images.Select(image => image.Path)], options.Cache, options.Threads, options.Limits, reader.Look, Stage(progress, CheckStage.Images), cancellation);
        ImageLook?[] all = reader.Finish(extracted.Images, options.Cache, options.Threads, Stage(progress, CheckStage.Looks), cancellation);
        int[] usable = [.. Enumerable.Range(0, all.Length).Where(i => all[i] is not null && extracted.Rows[i] >= 0)];
        SkippedImage[] unreadable = [.. images.Skipped, .. Unreadable(images, extracted, all)];
        if (usable.Length == 0)
            throw new GraftException($"No image in '{images.Path}' can be used{(unreadable.Length > 0 ? $": '{unreadable[^1].Path}', for example, is left out ({unreadable[^1].Reason})" : "")}.");

        CheckedImage[] read = [.. usable.Select(i => images.Images[i] with { Width = all[i]!.Width, Height = all[i]!.Height, Sharpness = all[i]!.Sharpness })];
        ImageLook[] looks = [.. usable.Select(i => all[i]!)];
        ReadOnlyMemory<float> features = usable.Length * extracted.Length == extracted.Values.Length ? extracted.Values : Rows(extracted, usable);
        ImageGroups groups = new(read.Length);
        int[][] exact = Exact(looks, groups);
        CopiedPair[] copies = Copies(looks, groups, options, Stage(progress, CheckStage.Copies), cancellation);
        int[] firsts = [.. Enumerable.Range(0, read.Length).Select(groups.First)], labels = [.. read.Select(image => image.Class)];

        IProgress<Completion>? judging = Stage(progress, CheckStage.Labels);
        judging?.Report(new Completion(0, 2));
        LabelSuspect[] ranking = Rank(read, LabelSuspects.Judge(features, extracted.Length, read, images.Task, images.Classes, firsts, options.Threads, out string? notJudged, cancellation));
        judging?.Report(new Completion(1, 2));
        double[] oddness = OddImages.Measure(features.Span, extracted.Length, labels, firsts, options.Threads, cancellation);
        judging?.Report(new Completion(2, 2));
        return new CheckResult
        {
            Path = images.Path,
            Task = images.Task,
            Classes = images.Classes,
            Images = read,
            Exact = [.. exact.Select(group => new ExactCopies([.. group.Select(i => read[i])]))],
            Near = Pairs(copies.Where(pair => !pair.IsMirrored), read),
            Mirrored = Pairs(copies.Where(pair => pair.IsMirrored), read),
            Ranking = ranking,
            Suspects = [.. ranking.TakeWhile(suspect => suspect.Score >= options.LeastOdds / (1 + options.LeastOdds)).Take((int)(options.MostSuspects * read.Length))],
            NotJudged = notJudged,
            Blurred = Where(read, i => !IsEmpty(looks[i], options) && !IsTiny(looks[i], options) && looks[i].Sharpness < options.LeastSharpness),
            Tiny = Where(read, i => IsTiny(looks[i], options)),
            Empty = Where(read, i => IsEmpty(looks[i], options)),
            Odd = [.. Enumerable.Range(0, read.Length).Where(i => oddness[i] >= options.LeastOddness && !IsEmpty(looks[i], options)).OrderByDescending(i => oddness[i]).ThenBy(i => i).Select(i => read[i])],
            Unreadable = unreadable,
            Notices = [.. images.Images.Where((_, i) => extracted.Images[i] is { Error: null, Notice: not null }).Zip(extracted.Images.Where(i => i is { Error: null, Notice: not null }), (image, loaded) => new SkippedImage(image.Name, loaded.Notice!))],
            Cached = extracted.Cached,
        };
    }

    private static bool IsEmpty(ImageLook look, CheckOptions options) => look.Spread < options.LeastSpread;

    private static bool IsTiny(ImageLook look, CheckOptions options) => Math.Min(look.Width, look.Height) < options.LeastSide;

    /// <summary>Images with the same pixels.</summary>
    private static int[][] Exact(ImageLook[] looks, ImageGroups groups)
    {
        int[][] exact = [.. Enumerable.Range(0, looks.Length).GroupBy(i => looks[i].Pixels).Where(group => group.Count() > 1).Select(group => group.ToArray())];
        foreach (int[] group in exact)
        {
            foreach (int i in group) groups.Join(group[0], i);
        }

        return exact;
    }

    /// <summary>Changed copies among the first of the exact ones.</summary>
    private static CopiedPair[] Copies(ImageLook[] looks, ImageGroups groups, CheckOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        // Nothing tells whether what shows nothing is a copy.
        int[] compared = [.. Enumerable.Range(0, looks.Length).Where(i => groups.First(i) == i && !IsEmpty(looks[i], options))];
        CopiedPair[] copies =
        [
            .. CopySearch.Find([.. compared.Select(i => looks[i].Thumbnail)], options.Threads, progress, cancellation)
                .Select(pair => pair with { First = compared[pair.First], Second = compared[pair.Second] }),
        ];
        foreach (CopiedPair pair in copies) groups.Join(pair.First, pair.Second);
        return copies;
    }

    private static NearCopies[] Pairs(IEnumerable<CopiedPair> pairs, CheckedImage[] read) =>
        [.. pairs.OrderBy(pair => pair.Distance).ThenBy(pair => pair.First).ThenBy(pair => pair.Second).Select(pair => new NearCopies(read[pair.First], read[pair.Second], pair.Distance))];

    private static LabelSuspect[] Rank(CheckedImage[] read, LabelSuspects.Dispute?[] disputes) =>
    [
        .. read.Zip(disputes).Where(pair => pair.Second is not null).OrderByDescending(pair => pair.Second!.Odds)
            .Select(pair => new LabelSuspect(pair.First, pair.Second!.Label, pair.Second.Suggested, (float)(pair.Second.Odds / (1 + pair.Second.Odds)))),
    ];

    private static CheckedImage[] Where(CheckedImage[] read, Func<int, bool> isSo) => [.. read.Where((_, i) => isSo(i))];

    private static IEnumerable<SkippedImage> Unreadable(CheckedImages images, ExtractedFeatures extracted, ImageLook?[] looks)
    {
        for (int i = 0; i < looks.Length; i++)
        {
            if (extracted.Images[i].Error is { } error) yield return new SkippedImage(images.Images[i].Name, error);
            else if (looks[i] is null) yield return new SkippedImage(images.Images[i].Name, "changed while it was checked");
        }
    }

    private static ReadOnlyMemory<float> Rows(ExtractedFeatures extracted, int[] images)
    {
        int length = extracted.Length;
        float[] values = new float[(long)images.Length * length];
        for (int i = 0; i < images.Length; i++) extracted.Values.Slice(extracted.Rows[images[i]] * length, length).Span.CopyTo(values.AsSpan(i * length));
        return values;
    }

    private static StageProgress? Stage(IProgress<CheckProgress>? progress, CheckStage stage) => progress is null ? null : new StageProgress(progress, stage);

    private sealed class StageProgress(IProgress<CheckProgress> progress, CheckStage stage) : IProgress<Completion>
    {
        public void Report(Completion value) => progress.Report(new CheckProgress(stage, value));
    }
}
