using System.Text;
using Graft.Formats;
using Graft.Reports.Page;
using Graft.Reports.Sections;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Reports;

/// <summary>What is wrong with a folder of images as one HTML file: a click on an image marks it to leave out, and a box collects what is marked as a list.</summary>
public sealed class CheckReport
{
    // More images make a page that nobody looks through and no browser likes.
    private const int MostShown = 1500, Side = 144, JpegQuality = 75;

    private CheckReport(string title, CheckResult result, IReadOnlyDictionary<string, string> suggested, IReadOnlyDictionary<string, byte[]> thumbnails) =>
        (Title, Result, Suggested, Thumbnails) = (title, result, suggested, thumbnails);

    /// <summary>What it is about: the folder's name.</summary>
    public string Title { get; }

    /// <summary>What was found.</summary>
    internal CheckResult Result { get; }

    /// <summary>Images that are better left out, by name, and why.</summary>
    internal IReadOnlyDictionary<string, string> Suggested { get; }

    /// <summary>Small JPEGs of the images that are shown, by name; empty for a file that can no longer be read.</summary>
    internal IReadOnlyDictionary<string, byte[]> Thumbnails { get; }

    /// <summary>Makes the small images of a report. Of very many findings the first are shown, of each kind its share.</summary>
    /// <param name="result">What was found. What is better left out is marked, as <see cref="ExcludeList.Of"/> has it.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CheckReport Of(CheckResult result, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckedImage[] shown = [.. Shown(result)];
        Dictionary<string, byte[]> thumbnails = new(StringComparer.Ordinal);
        foreach (CheckedImage image in shown)
        {
            cancellation.ThrowIfCancellationRequested();
            thumbnails.TryAdd(image.Name, Thumbnail(image.Path));
            progress?.Report(new Completion(thumbnails.Count, shown.Length));
        }

        string title = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(result.Path)));
        return new CheckReport(title, result, ExcludeList.Of(result).ToDictionary(image => image.Path, image => image.Reason, StringComparer.Ordinal), thumbnails);
    }

    /// <summary>The page.</summary>
    public string Render()
    {
        (string Id, string Name, bool Shown, Action<Html, CheckReport> Write)[] sections =
        [
            ("summary", "Summary", true, CheckSummarySection.Write),
            ("exact", "Same pixels", Result.Exact.Count > 0, CopiesSection.WriteExact),
            ("near", "Nearly the same", Result.Near.Count > 0, CopiesSection.WriteNear),
            ("mirrored", "Mirror images", Result.Mirrored.Count > 0, CopiesSection.WriteMirrored),
            ("labels", "Labels", Result.Suspects.Count > 0, FindingsSection.WriteSuspects),
            ("blurred", "Blurred", Result.Blurred.Count > 0, FindingsSection.WriteBlurred),
            ("tiny", "Tiny", Result.Tiny.Count > 0, FindingsSection.WriteTiny),
            ("empty", "Empty", Result.Empty.Count > 0, FindingsSection.WriteEmpty),
            ("odd", "Odd", Result.Odd.Count > 0, FindingsSection.WriteOdd),
            ("files", "Files", Result.Unreadable.Count + Result.Notices.Count > 0, (html, report) => FilesSection.Write(html, report.Result.Notices, report.Result.Unreadable)),
        ];
        return HtmlPage.Render(
            Title, "check", $"{Amount.Of(Result.Images.Count, "image")} {(Result.Task == ModelTask.Classify ? "of" : "with")} {Amount.Of(Result.Classes.Count, TaskNames.Kind(Result.Task))}",
            [.. sections.Where(section => section.Shown).Select(section => new PageSection(section.Id, section.Name, html => section.Write(html, this)))], CheckSummarySection.WriteBox, "check");
    }

    /// <summary>Writes the page to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="IOException">The folder is missing, full or not writable.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Write);
    }

    /// <summary>Writes the page.</summary>
    internal void Write(Stream stream) => stream.Write(Encoding.UTF8.GetBytes(Render()));

    // Round by round, one finding of each kind, so that none crowds out the others.
    private static IEnumerable<CheckedImage> Shown(CheckResult result)
    {
        IEnumerable<IReadOnlyList<CheckedImage>>[] kinds =
        [
            result.Exact.Select(copies => (IReadOnlyList<CheckedImage>)[.. copies.Images.Take(CopiesSection.MostOfGroup)]),
            result.Near.Select(pair => (IReadOnlyList<CheckedImage>)[pair.First, pair.Second]),
            result.Mirrored.Select(pair => (IReadOnlyList<CheckedImage>)[pair.First, pair.Second]),
            result.Suspects.Select(suspect => (IReadOnlyList<CheckedImage>)[suspect.Image]),
            Single(result.Blurred), Single(result.Tiny), Single(result.Empty), Single(result.Odd),
        ];
        List<IEnumerator<IReadOnlyList<CheckedImage>>> left = [.. kinds.Select(kind => kind.GetEnumerator())];
        HashSet<string> names = new(StringComparer.Ordinal);
        while (left.Count > 0 && names.Count < MostShown)
        {
            left.RemoveAll(kind => !kind.MoveNext());
            foreach (CheckedImage image in left.SelectMany(kind => kind.Current))
            {
                if (names.Add(image.Name)) yield return image;
            }
        }

        static IEnumerable<IReadOnlyList<CheckedImage>> Single(IReadOnlyList<CheckedImage> images) => images.Select(image => (IReadOnlyList<CheckedImage>)[image]);
    }

    private static byte[] Thumbnail(string path)
    {
        try
        {
            using RgbImage image = ImageDecoder.DecodeFile(path);
            double scale = Math.Min(1, (double)Side / Math.Max(image.Width, image.Height));
            if (scale == 1) return image.ToJpeg(JpegQuality);
            using RgbImage small = Resizer.Resize(image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)), Interpolation.Bicubic);
            return small.ToJpeg(JpegQuality);
        }
        catch (ImageException)
        {
            return [];
        }
    }
}
