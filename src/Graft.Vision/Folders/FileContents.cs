using Graft.Vision.Decoding;

namespace Graft.Vision.Folders;

/// <summary>What image files hold, as hashes: copies have the same.</summary>
internal static class FileContents
{
    /// <summary>The content of each image's file; null where it cannot be read.</summary>
    /// <param name="images">The images.</param>
    /// <param name="limits">How large a file may be.</param>
    /// <param name="parallel">How many threads read, and what stops them.</param>
    public static ContentHash?[] Of(IReadOnlyList<ImageItem> images, ImageLimits limits, ParallelOptions parallel)
    {
        ContentHash?[] contents = new ContentHash?[images.Count];
        Parallel.For(0, contents.Length, parallel, () => new FileReader(), (i, _, reader) =>
        {
            try
            {
                contents[i] = ContentHash.Of(reader.Read(images[i].Path, limits));
            }
            catch (ImageException)
            {
                // Whoever decodes it says why.
            }

            return reader;
        }, _ => { });
        return contents;
    }
}
