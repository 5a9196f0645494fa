using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Graft.Threads;

namespace Graft.Vision.Checking;

/// <summary>Two images that look alike coarsely.</summary>
/// <param name="Image">The one that looks like a part of the other.</param>
/// <param name="Other">The other.</param>
/// <param name="Crop">The part of the other.</param>
/// <param name="IsMirrored">Whether it is the mirror image of <paramref name="Image"/> that does.</param>
/// <param name="Correlation">How alike they are coarsely.</param>
internal readonly record struct Candidate(int Image, int Other, int Crop, bool IsMirrored, float Correlation);

/// <summary>Finds the images whose coarse looks are alike, without comparing many with all.</summary>
/// <remarks>
/// Vectors of crops lie in lists, each in that of the nearest of some pivots, which are images themselves; an image is compared with the lists of the pivots nearest to it (Sivic and Zisserman 2003;
/// Jegou, Douze and Schmid 2011). Up to some thousand images there is one list, and all are compared. What is found does not depend on the number of threads.
/// </remarks>
internal sealed class CandidateSearch
{
    // Images up to which all are compared with all; lists that an image is compared with beyond.
    private const int MostInOneList = 6000, Probes = 4;

    // Partners that an image keeps, the most alike.
    private const int MostPartners = 24;

    // Vectors are compared eight at a time, in blocks that stay in the first cache.
    private const int Lanes = 8, BlockGroups = 24, QueryBlock = 128;

    private readonly float[][] descriptors;
    private readonly float threshold;
    private readonly WorkerPool pool;
    private readonly CancellationToken cancellation;
    private readonly Dictionary<(int Other, bool IsMirrored), (int Crop, float Correlation)>[] found;

    private CandidateSearch(float[][] descriptors, float threshold, int threads, CancellationToken cancellation)
    {
        (this.descriptors, this.threshold, this.cancellation) = (descriptors, threshold, cancellation);
        pool = WorkerPool.Shared(threads);
        found = new Dictionary<(int, bool), (int, float)>[descriptors.Length];
        for (int i = 0; i < found.Length; i++) found[i] = [];
    }

    /// <summary>Finds pairs.</summary>
    /// <param name="thumbnails">The grey thumbnail of each image.</param>
    /// <param name="threshold">The least correlation.</param>
    /// <param name="threads">How many threads work; 0 is one for each processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="mostInOneList">Up to how many images all are compared with all.</param>
    public static Candidate[] Find(IReadOnlyList<byte[]> thumbnails, float threshold, int threads, CancellationToken cancellation, int mostInOneList = MostInOneList)
    {
        float[][] descriptors = new float[thumbnails.Count][];
        WorkerPool.Shared(threads).Run(thumbnails.Count, i => descriptors[i] = CropDescriptor.All(thumbnails[i]));
        CandidateSearch search = new(descriptors, threshold, threads, cancellation);
        search.Run(mostInOneList);
        return
        [
            .. search.found.SelectMany((partners, i) => partners.Select(partner => new Candidate(i, partner.Key.Other, partner.Value.Crop, partner.Key.IsMirrored, partner.Value.Correlation)))
                .OrderBy(c => c.Image).ThenBy(c => c.Other).ThenBy(c => c.IsMirrored),
        ];
    }

    private void Run(int mostInOneList)
    {
        int images = descriptors.Length, length = CropDescriptor.Length;
        float[][] queries = new float[2 * images][];
        for (int i = 0; i < images; i++)
        {
            queries[i] = descriptors[i][..length];
            queries[images + i] = descriptors[i][..length];
            CropDescriptor.Mirror(queries[images + i]);
        }

        int lists = images <= mostInOneList ? 1 : 4 * (int)Math.Sqrt(images), probes = Math.Min(Probes, lists);
        List<int>[] members = Enumerable.Range(0, lists).Select(_ => new List<int>()).ToArray(), asking = Enumerable.Range(0, lists).Select(_ => new List<int>()).ToArray();
        int[] nearest = new int[images * CropDescriptor.Crops], asked = new int[2 * images * probes];
        if (lists > 1)
        {
            float[] pivots = new float[lists * length];
            for (int i = 0; i < lists; i++) queries[(int)((long)i * images / lists)].CopyTo(pivots, i * length);
            pool.Run((images + QueryBlock - 1) / QueryBlock, block =>
            {
                cancellation.ThrowIfCancellationRequested();
                for (int i = block * QueryBlock; i < Math.Min(images, (block + 1) * QueryBlock); i++)
                {
                    for (int crop = 0; crop < CropDescriptor.Crops; crop++)
                        Nearest(pivots, descriptors[i].AsSpan(crop * length, length), nearest.AsSpan((i * CropDescriptor.Crops) + crop, 1));
                    Nearest(pivots, queries[i], asked.AsSpan(i * probes, probes));
                    Nearest(pivots, queries[images + i], asked.AsSpan((images + i) * probes, probes));
                }
            });
        }

        for (int i = 0; i < nearest.Length; i++) members[nearest[i]].Add(i);
        for (int i = 0; i < asked.Length; i++) asking[asked[i]].Add(i / probes);
        List<(int List, int FirstQuery)> work = [];
        for (int list = 0; list < lists; list++)
        {
            for (int first = 0; first < asking[list].Count; first += QueryBlock) work.Add((list, first));
        }

        pool.Run(work.Count, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            (int list, int first) = work[i];
            Compare(CollectionsMarshal.AsSpan(asking[list]).Slice(first, Math.Min(QueryBlock, asking[list].Count - first)), queries, CollectionsMarshal.AsSpan(members[list]));
        });
    }

    /// <summary>The pivots nearest to a vector, nearest first.</summary>
    private static void Nearest(float[] pivots, ReadOnlySpan<float> vector, Span<int> nearest)
    {
        Span<float> best = stackalloc float[nearest.Length];
        best.Fill(float.NegativeInfinity);
        for (int p = 0; p < pivots.Length / vector.Length; p++)
        {
            float product = Product(pivots.AsSpan(p * vector.Length, vector.Length), vector);
            int at = nearest.Length;
            while (at > 0 && product > best[at - 1]) at--;
            for (int k = nearest.Length - 1; k > at; k--) (best[k], nearest[k]) = (best[k - 1], nearest[k - 1]);
            if (at < nearest.Length) (best[at], nearest[at]) = (product, p);
        }
    }

    private static float Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        int i = 0;
        Vector256<float> sums = Vector256<float>.Zero;
        for (; i <= a.Length - Lanes; i += Lanes) sums += Vector256.Create(a[i..]) * Vector256.Create(b[i..]);
        float sum = Vector256.Sum(sums);
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private void Compare(ReadOnlySpan<int> asking, float[][] queries, ReadOnlySpan<int> members)
    {
        int length = CropDescriptor.Length, crops = CropDescriptor.Crops, images = descriptors.Length;
        float[] block = new float[BlockGroups * Lanes * length];
        Vector256<float> least = Vector256.Create(threshold);
        for (int first = 0; first < members.Length; first += BlockGroups * Lanes)
        {
            int count = Math.Min(BlockGroups * Lanes, members.Length - first), groups = (count + Lanes - 1) / Lanes;
            Array.Clear(block);
            for (int m = 0; m < count; m++)
            {
                ReadOnlySpan<float> vector = descriptors[members[first + m] / crops].AsSpan(members[first + m] % crops * length, length);
                int at = (m / Lanes * Lanes * length) + (m % Lanes);
                for (int k = 0; k < length; k++) block[at + (k * Lanes)] = vector[k];
            }

            foreach (int query in asking)
            {
                ref float vector = ref MemoryMarshal.GetArrayDataReference(queries[query]);
                for (int group = 0; group < groups; group++)
                {
                    ref float elements = ref block[group * Lanes * length];
                    Vector256<float> even = Vector256<float>.Zero, odd = even;
                    int k = 0;
                    for (; k < length - 1; k += 2)
                    {
                        even = Vector256.MultiplyAddEstimate(Vector256.Create(Unsafe.Add(ref vector, k)), Vector256.LoadUnsafe(ref elements, (nuint)(k * Lanes)), even);
                        odd = Vector256.MultiplyAddEstimate(Vector256.Create(Unsafe.Add(ref vector, k + 1)), Vector256.LoadUnsafe(ref elements, (nuint)((k + 1) * Lanes)), odd);
                    }

                    for (; k < length; k++)
                        even = Vector256.MultiplyAddEstimate(Vector256.Create(Unsafe.Add(ref vector, k)), Vector256.LoadUnsafe(ref elements, (nuint)(k * Lanes)), even);
                    Vector256<float> sum = even + odd;
                    uint alike = Vector256.GreaterThanOrEqual(sum, least).ExtractMostSignificantBits();
                    for (; alike != 0; alike &= alike - 1)
                    {
                        int lane = BitOperations.TrailingZeroCount(alike), member = members[first + (group * Lanes) + lane];
                        if (member / crops != query % images) Keep(query % images, member / crops, member % crops, query >= images, sum[lane]);
                    }
                }
            }
        }
    }

    // What is kept does not depend on the order in which it comes.
    private void Keep(int image, int other, int crop, bool isMirrored, float correlation)
    {
        Dictionary<(int Other, bool IsMirrored), (int Crop, float Correlation)> partners = found[image];
        lock (partners)
        {
            (int, bool) key = (other, isMirrored);
            if (partners.TryGetValue(key, out (int Crop, float Correlation) known) && (known.Correlation > correlation || (known.Correlation == correlation && known.Crop <= crop))) return;
            partners[key] = (crop, correlation);
            if (partners.Count <= MostPartners) return;
            partners.Remove(partners.MinBy(p => (p.Value.Correlation, -p.Key.Other, p.Key.IsMirrored ? 0 : 1)).Key);
        }
    }
}
