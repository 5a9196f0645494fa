using Graft.Numerics;

namespace Graft.Readouts;

/// <summary><see cref="RidgeSolver.Dual"/>: keeps the rows, and solves from their products with each other, K = X X^T.</summary>
/// <remarks>
/// Saunders, Gammerman, Vovk, "Ridge regression learning algorithm in dual variables", ICML 1998: weights are X^T a with (K + penalty I) a = y. What a fit leaves of the targets is
/// penalty a, and 1 less the leverage of a row is the penalty times the inverse's diagonal: neither is found by cancellation, however near fits come to every row. The rows are
/// centred before they are multiplied.
/// </remarks>
internal sealed class KeptRows : RidgeState
{
    // Penalized columns, targets and the roots of the weights of each block, in the order taken in; no block is ever changed.
    private readonly List<(Matrix Rows, Matrix Targets, double[] Roots)> blocks;

    public KeptRows(RidgeProblem problem)
        : this(problem, [])
    {
    }

    // The blocks in one, once it was asked for; null after rows came.
    private Centred? whole;

    private KeptRows(RidgeProblem problem, List<(Matrix Rows, Matrix Targets, double[] Roots)> blocks)
        : base(problem) => this.blocks = blocks;

    public override double Squares
    {
        get
        {
            Matrix rows = Whole().Rows;
            return VectorMath.Dot(rows.Values, rows.Values);
        }
    }

    public override void Add<T>(Operand<T> features, Operand<double> targets, ReadOnlySpan<double> weights, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        double[] roots = new double[features.Rows];
        Array.Fill(roots, 1);
        for (int i = 0; i < weights.Length; i++) roots[i] = Math.Sqrt(weights[i]);
        Matrix rows = RidgeRows.Rows(features, weights, Problem.Leading, Problem.Free, new double[Problem.Columns], Problem.Pool), y = new(features.Rows, Problem.Outputs);
        for (int i = 0; i < features.Rows; i++)
        {
            targets.Data.Span.Slice(i * targets.RowStride, Problem.Outputs).CopyTo(y.Row(i));
            VectorMath.Scale(roots[i], y.Row(i));
        }

        blocks.Add((rows, y, roots));
        whole = null;
    }

    public override void Add(RidgeState other, CancellationToken cancellation)
    {
        blocks.AddRange(((KeptRows)other).blocks);
        whole = null;
    }

    public override RidgeState Copy(RidgeProblem owner) => new KeptRows(owner, [.. blocks]);

    public override RidgeFactor Factor(double penalty, CancellationToken cancellation)
    {
        Centred centred = Whole();
        Matrix lower = Products(centred, out double lift);
        for (int i = 0; i < lower.Rows; i++) lower[i, i] += penalty;
        if (penalty == 0 || Cholesky.Factor(lower.Target, Problem.Pool) >= 0) throw Problem.Dependent(penalty);
        Matrix columns = centred.Targets.Transpose();
        Triangular.Solve(lower.Target, columns.Target, Problem.Pool);
        Triangular.SolveTransposed(lower.Target, columns.Target, Problem.Pool);
        Matrix solution = columns.Transpose();
        double[] residuals = new double[Problem.Outputs];
        for (int c = 0; c < residuals.Length; c++) residuals[c] = penalty * penalty * VectorMath.Dot(solution.Row(c), solution.Row(c));
        return new DualFactor(solution.Multiply(centred.Rows, Problem.Pool), residuals, centred.Means, new(() => Leverages(centred, lower, penalty, lift)));
    }

    public override RidgeReduction Reduce(CancellationToken cancellation)
    {
        Centred centred = Whole();
        cancellation.ThrowIfCancellationRequested();
        Tridiagonal tridiagonal = Tridiagonal.Reduce(Products(centred, out double lift), Problem.Pool, cancellation);
        Matrix right = centred.Targets.Copy();
        tridiagonal.RotateRows(right.Target);
        return new Reduction(Problem, centred, tridiagonal, right, lift);
    }

    // K. Centred rows have no part in the direction of the roots of the weights, where K's eigenvalue is 0 and a small penalty would meet nothing but rounding: there it is lifted to the mean of the
    // others. Targets have no part there either, so that solutions stay as they are; freedom and leverages are told what the direction takes of them.
    private Matrix Products(Centred centred, out double lift)
    {
        Matrix gram = centred.Rows.OuterGram(Problem.Pool);
        double trace = 0;
        for (int i = 0; i < gram.Rows; i++) trace += gram[i, i];
        lift = Problem.Free == 0 ? 0 : trace > 0 ? trace / gram.Rows : 1;
        for (int i = 0; i < gram.Rows && lift > 0; i++)
            VectorMath.AddScaled(lift / Problem.TotalWeight * centred.Roots[i], centred.Roots, gram.Row(i));
        return gram;
    }

    // 1 - penalty ((K + penalty I)^-1)_ii, the intercept's part included.
    private double[] Leverages(Centred centred, Matrix lower, double penalty, double lift)
    {
        int count = lower.Rows;
        Matrix inverse = Matrix.Identity(count);
        Triangular.Solve(lower.Target, inverse.Target, Problem.Pool);
        double[] diagonal = new double[count], leverages = new double[count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++) diagonal[j] += inverse[i, j] * inverse[i, j];
        }

        double lifted = Problem.Free * penalty / (penalty + lift) / Problem.TotalWeight;
        for (int i = 0; i < count; i++) leverages[i] = 1 - ((penalty * diagonal[i]) - (lifted * centred.Roots[i] * centred.Roots[i]));
        return leverages;
    }

    private Centred Whole() => whole ??= Centre();

    // All rows in one matrix and the targets, [outputs, rows]; with a free intercept less their weighted means.
    private Centred Centre()
    {
        int rows = (int)Problem.Rows, first = 0, free = Problem.Free, width = Problem.Unknowns - free;
        Matrix all = new(rows, width), targets = new(Problem.Outputs, rows);
        double[] roots = new double[rows], means = new double[Problem.Columns];
        foreach ((Matrix block, Matrix y, double[] own) in blocks)
        {
            block.Values.CopyTo(all.Values[(first * width)..]);
            own.CopyTo(roots, first);
            for (int i = 0; i < block.Rows; i++)
            {
                for (int c = 0; c < Problem.Outputs; c++) targets[c, first + i] = y[i, c];
            }

            first += block.Rows;
        }

        if (free == 0) return new(all, targets, roots, means);
        for (int i = 0; i < rows; i++)
        {
            VectorMath.AddScaled(roots[i], all.Row(i), means.AsSpan(1, width));
            for (int c = 0; c < Problem.Outputs; c++) means[1 + width + c] += roots[i] * targets[c, i];
        }

        VectorMath.Divide(means, Problem.TotalWeight);
        for (int i = 0; i < rows; i++)
        {
            VectorMath.AddScaled(-roots[i], means.AsSpan(1, width), all.Row(i));
            for (int c = 0; c < Problem.Outputs; c++) targets[c, i] -= roots[i] * means[1 + width + c];
        }

        return new(all, targets, roots, means);
    }

    private sealed record Centred(Matrix Rows, Matrix Targets, double[] Roots, double[] Means);

    private sealed record DualFactor(Matrix Weights, double[] Residuals, double[] Means, Lazy<double[]> All) : RidgeFactor(Weights, Residuals, Means)
    {
        public override double[] Leverages<T>(int first, Operand<T> features, ReadOnlySpan<double> weights) => All.Value[first..(first + features.Rows)];
    }

    private sealed class Reduction(RidgeProblem problem, Centred centred, Tridiagonal tridiagonal, Matrix right, double lift) : RidgeReduction(centred.Means, centred.Rows.Rows)
    {
        public override RidgePoint? At(double penalty)
        {
            DampedTridiagonal damped = new(tridiagonal, penalty);
            return damped.IsSingular ? null : new Point(damped, penalty, right, problem.Free * penalty / (penalty + lift));
        }

        public override Matrix Rotate(Matrix rows)
        {
            Matrix products = rows.MultiplyTranspose(centred.Rows, problem.Pool);
            tridiagonal.RotateRows(products.Target);
            return products;
        }

        public override Matrix Weights(Matrix solutions)
        {
            tridiagonal.RotateRowsBack(solutions.Target);
            return solutions.Multiply(centred.Rows, problem.Pool);
        }

        public override Matrix Own(int first, Matrix rotated)
        {
            Matrix unit = new(rotated.Rows, Size);
            for (int i = 0; i < unit.Rows; i++) unit[i, first + i] = 1;
            tridiagonal.RotateRows(unit.Target);
            return unit.Transpose();
        }
    }

    private sealed class Point(DampedTridiagonal damped, double penalty, Matrix right, double lifted) : RidgePoint
    {
        public override void Solve(Target solutions)
        {
            for (int c = 0; c < right.Rows; c++) right.Row(c).CopyTo(solutions.Row(c));
            damped.Solve(solutions);
        }

        public override double Freedom() => (penalty * damped.InverseTrace()) - lifted;

        public override double Residual(ReadOnlySpan<double> solution, int output) => penalty * penalty * VectorMath.Dot(solution, solution);

        public override void Left(Matrix own, Span<double> rows)
        {
            double[] inverse = new double[rows.Length];
            damped.Leverages(own, inverse);
            for (int i = 0; i < rows.Length; i++) rows[i] = (penalty * inverse[i]) - (lifted * rows[i]);
        }
    }
}
