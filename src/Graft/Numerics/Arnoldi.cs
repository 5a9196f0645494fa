using System.Numerics;
using Graft.Threads;

namespace Graft.Numerics;

/// <summary>The largest modulus of an eigenvalue of a large matrix that is known by its products with vectors, complex pairs included.</summary>
/// <remarks>
/// Arnoldi's iteration, implicitly restarted with the eigenvalues of least modulus as shifts: Sorensen 1992, SIAM J. Matrix Anal. Appl. 13, algorithm 3.6. Where it stalls its subspace doubles; as
/// large as the matrix it is exact.
/// </remarks>
internal static class Arnoldi
{
    private const int LeastSubspace = 48, MostAtFirst = 128, RestartsOfSubspace = 40, StillRestarts = 3;
    private const double Tolerance = 1e-11;

    /// <summary>Finds it.</summary>
    /// <param name="size">The rows of the matrix.</param>
    /// <param name="multiply">Takes x to A x.</param>
    /// <param name="pool">Runs the products of bases.</param>
    public static double LargestModulus(int size, Action<double[], double[]> multiply, WorkerPool pool)
    {
        // A basis of more than three quarters of the space might as well be whole.
        for (int subspace = Math.Clamp(size / 40, LeastSubspace, MostAtFirst); subspace < size * 3 / 4; subspace *= 2)
        {
            if (new Factorization(size, subspace, multiply, pool).TryConverge(out double modulus)) return modulus;
        }

        return new Factorization(size, size, multiply, pool).Whole();
    }

    /// <summary>A V = V H + f e^T: V orthonormal (its vectors are the rows here), H zero below the first subdiagonal.</summary>
    private sealed class Factorization
    {
        private readonly int subspace;
        private readonly Action<double[], double[]> multiply;
        private readonly double[] source, residual;
        private readonly WorkerPool pool;
        private readonly Matrix h;
        private Matrix basis;

        public Factorization(int size, int subspace, Action<double[], double[]> multiply, WorkerPool pool)
        {
            (this.subspace, this.multiply, this.pool) = (subspace, multiply, pool);
            (basis, h, source, residual) = (new Matrix(subspace, size), new Matrix(subspace, subspace), new double[size], new double[size]);
            Philox random = new(0x41726E6F6C6469);
            for (int i = 0; i < size; i++) residual[i] = random.Normal((ulong)i);
        }

        public double Whole()
        {
            int found = Extend(0);
            return Moduli(found)[^1].Magnitude;
        }

        public bool TryConverge(out double modulus)
        {
            modulus = 0;
            int kept = 0, still = 0;
            for (int restart = 0; restart < RestartsOfSubspace; restart++)
            {
                int found = Extend(kept);
                Complex[] values = Moduli(found);
                double last = modulus;
                modulus = values[^1].Magnitude;
                if (found < subspace) return true;
                still = Math.Abs(modulus - last) <= Tolerance * modulus ? still + 1 : 0;
                if (still == StillRestarts) return true;
                kept = Restart(values);
            }

            return false;
        }

        /// <summary>Appends vectors until the subspace is full, or until it holds the products of its vectors: then it ends sooner and H is exact.</summary>
        private int Extend(int first)
        {
            for (int j = first; j < subspace; j++)
            {
                double norm = VectorMath.Norm(residual), largest = 0;
                for (int i = 0; i < j; i++) largest = Math.Max(largest, VectorMath.Norm(h.Row(i)[..j]));
                if (j > 0 && norm <= 1e-14 * largest) return j;
                if (j > 0) h[j, j - 1] = norm;
                residual.CopyTo(basis.Row(j));
                VectorMath.Scale(1 / norm, basis.Row(j));
                basis.Row(j).CopyTo(source);
                multiply(source, residual);

                // Twice is enough (Kahan).
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int i = 0; i <= j; i++)
                    {
                        double dot = VectorMath.Dot(basis.Row(i), residual);
                        h[i, j] += dot;
                        VectorMath.AddScaled(-dot, basis.Row(i), residual);
                    }
                }
            }

            return subspace;
        }

        /// <summary>The eigenvalues of the leading part of H, by rising modulus; those of a pair stay together.</summary>
        private Complex[] Moduli(int count)
        {
            Matrix part = new(count, count);
            for (int i = 0; i < count; i++) h.Row(i)[..count].CopyTo(part.Row(i));
            return [.. SmallHessenberg.Eigenvalues(part).OrderBy(value => value.Magnitude).ThenBy(value => Math.Abs(value.Imaginary)).ThenBy(value => value.Real)];
        }

        private int Restart(Complex[] values)
        {
            Matrix z = Matrix.Identity(subspace);
            int dropped = 0, wanted = subspace * 2 / 3;
            while (dropped < wanted)
            {
                Complex value = values[dropped];
                if (value.Imaginary != 0)
                {
                    SmallHessenberg.Step(h, z, 0, subspace - 1, 2 * value.Real, (value.Real * value.Real) + (value.Imaginary * value.Imaginary));
                    dropped += 2;
                }
                else
                {
                    // Real ones go by twos as well; one without a partner is used twice.
                    Complex next = values[dropped + 1].Imaginary == 0 ? values[dropped + 1] : value;
                    SmallHessenberg.Step(h, z, 0, subspace - 1, value.Real + next.Real, value.Real * next.Real);
                    dropped += 2;
                }
            }

            int kept = subspace - dropped;
            double fromBasis = h[kept, kept - 1], fromResidual = z[subspace - 1, kept - 1];
            Matrix rotated = z.TransposeMultiply(basis, pool);
            VectorMath.Scale(fromResidual, residual);
            VectorMath.AddScaled(fromBasis, rotated.Row(kept), residual);
            basis = rotated;
            for (int i = 0; i < subspace; i++)
            {
                for (int j = i < kept ? kept : 0; j < subspace; j++) h[i, j] = 0;
            }

            return kept;
        }
    }
}
