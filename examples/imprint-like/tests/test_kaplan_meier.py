import numpy as np
from sleipnir import kaplan_meier


def test_one_of_two_dies():
    times, alive = kaplan_meier([1, 2], [1, 0])
    assert times.tolist() == [1]
    np.testing.assert_allclose(alive, [0.5])
