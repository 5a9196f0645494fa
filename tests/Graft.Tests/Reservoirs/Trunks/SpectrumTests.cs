using System.Text.Json;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using Graft.Threads;

namespace Graft.Tests.Reservoirs.Trunks;

/// <summary>Spectral radius and norm against numpy's dense eigenvalues and singular values.</summary>
public class SpectrumTests
{
    [Fact]
    public void RadiusAndNormEqualNumpy()
    {
        foreach (JsonElement spectrum in Fixture.Json("Reservoirs", "reservoirs.json").GetProperty("spectra").EnumerateArray())
        {
            SparseMatrix matrix = TestReservoirs.Sparse(spectrum.GetProperty("units").GetInt32(), spectrum.GetProperty("seed").GetUInt32(), spectrum.GetProperty("kept").GetDouble());
            double radius = spectrum.GetProperty("radius").GetDouble(), norm = spectrum.GetProperty("norm").GetDouble();
            Assert.Equal(1, Spectrum.Radius(matrix, WorkerPool.Shared()) / radius, 1e-9);
            Assert.Equal(1, Spectrum.Norm(matrix, WorkerPool.Shared()) / norm, 1e-11);
        }
    }

    [Fact]
    public void APairOfEqualModulusADefectiveAndAZeroMatrixAreCopedWith()
    {
        // A rotation by a third of a turn in 90 dimensions: every eigenvalue has modulus 1.
        int[] starts = [.. Enumerable.Range(0, 91)];
        SparseMatrix turn = new(90, 90, starts, [.. Enumerable.Range(0, 90).Select(i => (i / 3 * 3) + ((i + 1) % 3))], [.. Enumerable.Repeat(1.0, 90)]);
        Assert.Equal(1, Spectrum.Radius(turn, WorkerPool.Shared()), 1e-12);

        // A Jordan block of eigenvalue 0.5: eigenvalues of defective matrices are known to a root of the precision only.
        SparseMatrix jordan = new(3, 3, [0, 2, 4, 5], [0, 1, 1, 2, 2], [0.5, 1, 0.5, 1, 0.5]);
        Assert.Equal(0.5, Spectrum.Radius(jordan, WorkerPool.Shared()), 1e-4);
        Assert.Equal(0, Spectrum.Radius(new SparseMatrix(3, 3, [0, 0, 0, 0], [], []), WorkerPool.Shared()));
        Assert.Equal(0, Spectrum.Norm(new SparseMatrix(3, 3, [0, 0, 0, 0], [], []), WorkerPool.Shared()));
    }
}
