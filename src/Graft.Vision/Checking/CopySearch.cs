using Graft.Threads;

namespace Graft.Vision.Checking;

/// <summary>Two images of which one is a copy of the other: compressed again, resized, cropped a little, brighter or darker, or mirrored.</summary>
/// <param name="First">The index of one.</param>
/// <param name="Second">The index of the other, which is larger.</param>
/// <param name="IsMirrored">Whether one is the mirror image of the other.</param>
/// <param name="Distance">1 less their correlation, of grey values or of details, whichever is the smaller, once one is laid over the other.</param>
internal readonly record struct CopiedPair(int First, int Second, bool IsMirrored, float Distance);

/// <summary>Finds copies among thumbnails: what looks alike coarsely is laid over each other and must agree in its details, too.</summary>
internal static class CopySearch
{
    // Copies have 0.92 and more, however they were cropped.
    private const float LeastCoarse = 0.88f;

    // Of 3,003 copies the least had 0.92 and 0.85, and in their parts 0.67, but for those of white that was clipped: of these the details as a whole agree all the more.
    private const double LeastCorrelation = 0.9, LeastDetails = 0.83, LeastParts = 0.62, AlikeDetails = 0.92;

    // Less contrast in the details, in steps of 255, is what compression leaves, and agrees by chance.
    private const double LeastContrast = 0.5;

    private const int Block = 64;

    /// <summary>Finds the pairs, in order of their images.</summary>
    public static CopiedPair[] Find(IReadOnlyList<byte[]> thumbnails, int threads, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        // Of both directions the better one: the way back is found from the way there.
        Candidate[] candidates =
        [
            .. CandidateSearch.Find(thumbnails, LeastCoarse, threads, cancellation)
                .GroupBy(c => (First: Math.Min(c.Image, c.Other), Second: Math.Max(c.Image, c.Other), c.IsMirrored))
                .Select(pair => pair.OrderByDescending(c => c.Correlation).ThenBy(c => c.Image).First()),
        ];
        CopiedPair?[] pairs = new CopiedPair?[candidates.Length];
        int done = 0;
        WorkerPool.Shared(threads).Run((candidates.Length + Block - 1) / Block, block =>
        {
            cancellation.ThrowIfCancellationRequested();
            Alignment alignment = new();
            int end = Math.Min(candidates.Length, (block + 1) * Block);
            for (int i = block * Block; i < end; i++)
            {
                Candidate c = candidates[i];
                Alignment.Likeness likeness = alignment.Compare(thumbnails[c.Image], thumbnails[c.Other], c.IsMirrored, CropDescriptor.Part(c.Crop));
                bool isCopy = likeness.Correlation >= LeastCorrelation && likeness.Contrast >= LeastContrast
                    && (likeness.Details >= AlikeDetails || (likeness.Details >= LeastDetails && likeness.Parts >= LeastParts));
                if (isCopy)
                    pairs[i] = new CopiedPair(Math.Min(c.Image, c.Other), Math.Max(c.Image, c.Other), c.IsMirrored, (float)Math.Max(0, 1 - Math.Min(likeness.Correlation, likeness.Details)));
            }

            progress?.Report(new Completion(Interlocked.Add(ref done, end - (block * Block)), candidates.Length));
        });

        // What is symmetric is its own mirror image: the better way counts.
        return [.. pairs.OfType<CopiedPair>().GroupBy(p => (p.First, p.Second)).Select(p => p.MinBy(q => (q.Distance, q.IsMirrored))).OrderBy(p => p.First).ThenBy(p => p.Second)];
    }
}
