using Graft.Numerics;
using Graft.Vision.Folders;
using Graft.Vision.Tasks;

namespace Graft.Vision.Evaluating;

/// <summary>How good trainings are that held out another fold of the images each: for sets that are too small for one held-out part to tell.</summary>
/// <param name="ScoreName">What is told of each: <see cref="Judgement.ScoreName"/>.</param>
/// <param name="Scores">The score of each fold.</param>
internal sealed record CrossValidation(string ScoreName, IReadOnlyList<double> Scores)
{
    /// <summary>The mean of the scores.</summary>
    public double Mean => Scores.Average();

    /// <summary>Their standard deviation: how far one held-out part may be off. 0 for one fold.</summary>
    public double Deviation => Scores.Count < 2 ? 0 : Math.Sqrt(Scores.Sum(score => (score - Mean) * (score - Mean)) / (Scores.Count - 1));

    /// <summary>Trains once for each fold.</summary>
    /// <param name="images">The images; each class, label or range of numbers is spread over the folds.</param>
    /// <param name="folds">How many, 2 at least.</param>
    /// <param name="seed">Decides which image is in which.</param>
    /// <param name="train">Trains on the first images and judges by the second.</param>
    /// <param name="progress">Told after each fold.</param>
    /// <param name="cancellation">Stops between folds.</param>
    /// <exception cref="GraftException">There are fewer images than folds, or a training cannot be done.</exception>
    public static CrossValidation Run(
        ImageFolder images, int folds, ulong seed, Func<ImageFolder, ImageFolder, Judgement?> train, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        int[] kin = Kin.Of(images.Items);
        int units = kin.Distinct().Count();
        if (units < folds)
            throw new GraftException($"{folds} folds take {folds} images at least{(units < images.Items.Count ? ", each of another group" : "")}; '{images.Path}' has {units}.");
        int[] fold = Deal(images, kin, folds, seed);
        List<Judgement> judged = [];
        for (int f = 0; f < folds; f++)
        {
            cancellation.ThrowIfCancellationRequested();
            int index = f;
            ImageFolder learned = images.With([.. images.Items.Where((_, i) => fold[i] != index)]), held = images.With([.. images.Items.Where((_, i) => fold[i] == index)]);
            if (train(learned, held) is { } judgement) judged.Add(judgement);
            progress?.Report(new Completion(f + 1, folds));
        }

        if (judged.Count == 0) throw new GraftException($"No fold of '{images.Path}' can be judged.");
        return new CrossValidation(judged[0].ScoreName, [.. judged.Select(judgement => judgement.Score)]);
    }

    /// <summary>The fold of each image: those of a stratum are shuffled and dealt out to the smallest fold each, so that folds differ by one of each at most. Images that belong together go together.</summary>
    private static int[] Deal(ImageFolder images, int[] kin, int folds, ulong seed)
    {
        int[] strata = Strata.Of(images.Items, images.Task), fold = new int[strata.Length], sizes = new int[folds];
        foreach (IGrouping<int, int> members in Enumerable.Range(0, strata.Length).GroupBy(i => strata[kin[i]]).OrderBy(group => group.Key))
        {
            int[][] order = [.. members.GroupBy(i => kin[i]).Select(group => group.ToArray())];
            new Philox(seed, (ulong)members.Key).Shuffle(order.AsSpan());
            foreach (int[] group in order)
            {
                int smallest = Array.IndexOf(sizes, sizes.Min());
                foreach (int i in group) fold[i] = smallest;
                sizes[smallest] += group.Length;
            }
        }

        return fold;
    }
}
