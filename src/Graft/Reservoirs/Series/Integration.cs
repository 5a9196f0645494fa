namespace Graft.Reservoirs.Series;

/// <summary>How a differential equation is integrated.</summary>
public enum IntegrationMethod
{
    /// <summary>Euler's: first order. What much of the literature did, so its numbers are compared on such series.</summary>
    Euler,

    /// <summary>The classical Runge-Kutta method: fourth order.</summary>
    RungeKutta4,
}
