namespace Graft.Readouts;

/// <summary>How much a sample of each class counts: for folders with many images of one class and few of another.</summary>
public sealed record ClassWeights
{
    private readonly double[]? values;

    private ClassWeights(string name, double[]? values) => (Name, this.values) = (name, values);

    /// <summary>Every sample counts the same.</summary>
    public static ClassWeights None { get; } = new("none", null);

    /// <summary>Every class counts the same: a sample weighs rows / (classes that have samples * samples of its class).</summary>
    public static ClassWeights Balanced { get; } = new("balanced", null);

    /// <summary>"none", "balanced" or "explicit".</summary>
    public string Name { get; }

    /// <summary>The weights that were given, one a class; null for those that follow from the samples.</summary>
    public IReadOnlyList<double>? Given => values;

    /// <summary>One weight a class.</summary>
    /// <exception cref="GraftException">A weight is not a finite number above zero.</exception>
    public static ClassWeights Explicit(params double[] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] > 0) || !double.IsFinite(weights[i]))
                throw new GraftException($"Class weights are finite numbers above zero; the weight of class {i} is {weights[i]}. Leave a class out by leaving out its images.");
        }

        return new("explicit", [.. weights]);
    }

    /// <summary>The weight of each class, scaled so that the mean over the rows is 1.</summary>
    /// <param name="counts">How many rows each class has.</param>
    /// <exception cref="GraftException">There are not as many explicit weights as classes.</exception>
    public double[] ForClasses(IReadOnlyList<int> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double[] perClass = new double[counts.Count];
        if (values is not null)
        {
            if (values.Length != counts.Count)
                throw new GraftException($"There are {counts.Count} classes but {values.Length} class weights. Give one weight a class.");
            values.CopyTo(perClass, 0);
        }
        else
        {
            for (int c = 0; c < perClass.Length; c++) perClass[c] = ReferenceEquals(this, Balanced) ? 1.0 / Math.Max(1, counts[c]) : 1;
        }

        double sum = 0;
        int rows = 0;
        for (int c = 0; c < perClass.Length; c++)
        {
            sum += perClass[c] * counts[c];
            rows += counts[c];
        }

        for (int c = 0; c < perClass.Length; c++) perClass[c] = perClass[c] * rows / sum;
        return perClass;
    }

    /// <summary>The weight of each row, scaled so that their mean is 1.</summary>
    internal double[] ForRows(LabelledFeatures data)
    {
        double[] perClass = ForClasses(data.Counts), rows = new double[data.Rows];
        for (int i = 0; i < rows.Length; i++) rows[i] = perClass[data.Labels[i]];
        return rows;
    }
}
