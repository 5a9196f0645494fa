using Graft.Vision;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.Samples;

namespace Graft.Studies.Data;

/// <summary>Where a study's images come from: a folder, or flowers that Graft draws once and keeps in its cache.</summary>
internal sealed class StudyImages
{
    private const double HeldOut = 0.2;

    /// <summary>A folder with a folder for each class; null for drawn flowers.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether a few images do.</summary>
    public bool IsSmall { get; init; }

    private int PerClass => IsSmall ? 24 : 500;

    /// <summary>The folder that the images are in, once they were prepared.</summary>
    public string Place => Folder ?? Path.Combine(CacheFolders.Root, "studies", $"flowers-{PerClass}");

    /// <summary>Draws the flowers where they are wanted and not there yet.</summary>
    public void Prepare(IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        if (Folder is not null || IsDrawn()) return;
        SampleFlowers.Write(Place, new SampleFlowerOptions { ImagesPerClass = PerClass, Size = 96, Seed = 5 }, progress, cancellation);
    }

    /// <summary>Decodes the images; those that cannot be are left out.</summary>
    /// <param name="side">The side that the middle square of each is resized to.</param>
    /// <param name="cancellation">Stops the decoding.</param>
    /// <exception cref="GraftException">There are too few images.</exception>
    public StudyData Load(int side, CancellationToken cancellation = default)
    {
        Prepare(cancellation: cancellation);
        ImageFolder folder = ImageFolder.Scan(Place);
        (Images all, int[] rows, ContentHash?[] contents) = Decode(folder, side, cancellation);
        Dictionary<string, int> numbers = [];
        for (int i = 0; i < rows.Length; i++) numbers.Add(folder.Items[i].RelativePath, i);
        ImageSplit split = folder.Split(HeldOut, seed: 0, contents);
        StudyData data = new(Part(split.Training), Part(split.Validation));
        if (data.Training.Count == 0 || data.Test.Count == 0)
            throw new GraftException($"A study needs images to learn from and images to test with; '{Place}' has {data.Training.Count} and {data.Test.Count} that can be read. Give it at least five of each class.");
        return data;

        Images Part(IReadOnlyList<ImageItem> items)
        {
            int[] readable = [.. items.Select(item => numbers[item.RelativePath]).Where(i => rows[i] >= 0)];
            return all.Pick([.. readable.Select(i => rows[i])]);
        }
    }

    /// <summary>Decodes a folder's images.</summary>
    /// <returns>Those that can be decoded, the row of each of the folder's, -1 where it cannot be, and what each holds.</returns>
    internal static (Images Images, int[] Rows, ContentHash?[] Contents) Decode(ImageFolder folder, int side, CancellationToken cancellation)
    {
        Preprocessing preprocessing = Preprocessing.Centered with { Resolution = side, CropFraction = 1 };
        int length = side * side * 3, row = 0;
        float[] pixels = new float[folder.Items.Count * length];
        int[] rows = new int[folder.Items.Count];
        ContentHash?[] contents = new ContentHash?[folder.Items.Count];
        Array.Fill(rows, -1);
        foreach (ImageBatch batch in new ImageLoader(new ImagePreprocessor(preprocessing)).Load([.. folder.Items.Select(item => item.Path)], cancellation: cancellation))
        {
            batch.Pixels.CopyTo(pixels.AsSpan(row * length));
            foreach (LoadedImage image in batch.Images)
            {
                contents[image.Index] = image.Hash;
                if (image.Row >= 0) rows[image.Index] = row++;
            }
        }

        int[] labels = new int[row];
        for (int i = 0; i < rows.Length; i++)
            if (rows[i] >= 0) labels[rows[i]] = folder.Items[i].Label;
        return (new Images(side, pixels, labels, folder.Classes), rows, contents);
    }

    private bool IsDrawn() => SampleFlowers.Labels.All(label => Directory.Exists(Path.Combine(Place, label)) && Directory.EnumerateFiles(Path.Combine(Place, label), "*.jpg").Count() == PerClass);
}
